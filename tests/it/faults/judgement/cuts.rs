//! H4, H8: a network that cuts the responses to INSERTs, or goes silent in the middle of a transaction.

use std::time::{Duration, Instant};

use behavior_trace_core::Field;
use behavior_trace_servers::Kind;
use serde_json::json;

use super::lasts;
use super::trial::Trial;
use crate::faults::on_both;
use crate::faults::proxy::Proxy;
use crate::faults::site::{RATE, Site};

on_both! {
    answers_that_are_cut_off_alter_no_row => super::cut_answers;
    a_silent_network_holds_up_no_row => super::silent;
}

fn cut_answers(kind: Kind) {
    let site = Site::new(kind);
    let proxy = Proxy::before(site.server.address());
    let site = site.through(&proxy).plain();
    let fault = "H4 the answer to every INSERT cut off";
    let mut trial = Trial::with(&site, 104, fault, |config| {
        config.durable_actions = vec!["order.approve".to_owned()];
    });
    trial.connect();
    proxy.cut_inserts(true);
    // A single row, on disk before the call returns.
    trial.record_as("durable", &[(Field::Action, "order.approve")]);
    trial.suffer(
        lasts(2, 15),
        &["away", "unavailable", "closed", "reset", "eof", "cut"],
    );
    let load = trial.load("during", RATE);
    trial.suffer(
        lasts(2, 15),
        &["away", "unavailable", "closed", "reset", "eof", "cut"],
    );
    proxy.cut_inserts(false);
    trial.absorb(load);
    trial.recover();
    let cuts = proxy.cuts();
    trial.row.extra = json!({"cuts": cuts});
    trial.row.promise(cuts > 0, || "nothing was cut".to_owned());
    trial.conclude();
}

/// Maximum interruption of the delivery by rows that the network lost.
const RESUMES: Duration = Duration::from_secs(30);

/// Loses sessions that stay open on the server: their transactions hold locks on the very rows that are sent again.
fn silent(kind: Kind) {
    let site = Site::new(kind);
    let proxy = Proxy::before(site.server.address());
    let site = site.through(&proxy).plain();
    let fault = "H8 network silent between BEGIN and COMMIT";
    let mut trial = Trial::on(&site, 108, fault);
    trial.connect();
    // Enough for batches of more than one statement.
    let load = trial.load("before", RATE);
    proxy.lose_connections();
    let lost = trial.wait(RESUMES, |_| proxy.lost() > 0);
    assert!(lost, "no statement with rows: {}", trial.state());
    let begun = Instant::now();
    trial.absorb(load);
    let cut = trial.acked();
    for number in 0..100 {
        trial.record(&format!("after-{number}"));
    }
    let resumed = trial.wait(RESUMES, |trial| trial.in_table().contains("after-99"));
    let new_after = begun.elapsed();
    let left = RESUMES.saturating_sub(begun.elapsed());
    let all = trial.wait(left, |trial| trial.in_table().len() == trial.acked());
    trial.row.extra = json!({
        "connections_lost": proxy.lost(), "recorded_before": cut, "new_rows_after_ms": new_after.as_millis(),
        "all_rows_after_ms": begun.elapsed().as_millis(),
    });
    let state = trial.state();
    trial.row.promise(resumed && all, || {
        format!("after {RESUMES:?}: new rows stored {resumed}, all rows {all}: {state}")
    });
    trial.drain(Duration::from_secs(5));
    trial.conclude();
}
