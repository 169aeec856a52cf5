//! Rows 12 and 13: rows that a server refuses.

use std::sync::Arc;
use std::time::Duration;

use behavior_trace::config::Config;
use behavior_trace::config::Pipeline;
use behavior_trace::policy::DefaultPolicy;
use behavior_trace_core::{Activity, Admission, Call, Event, Masks, Policy};
use behavior_trace_servers::Kind;
use serde_json::json;
use uuid::Uuid;

use super::load::{Acked, record};
use super::report::Row;
use super::site::{Site, settle};
use super::{on_both, rounds};

on_both! {
    a_row_too_big_for_a_packet_is_kept_without_its_payload => super::too_big;
    one_bad_row_among_five_hundred_is_kept_aside_with_the_reason => super::poison;
}

fn too_big(kind: Kind) {
    let site = Site::with(kind, &["--max-allowed-packet=16K"]);
    let row = Row::new(12, "rows larger than a packet", kind);
    let recorder = site.start();
    let sink = recorder.sink();
    let large = format!("{:?}", "x".repeat(40_000));
    let mut acked = Acked::default();
    for number in 0..300 {
        let id = format!("big-{number}");
        let payload = if number % 50 == 7 { &large } else { "{}" };
        let (taken, _) = record(&*sink, "order.update", &id, payload);
        assert!(taken);
        acked.ids.push(id);
    }
    let report = recorder.flush_blocking(Duration::from_mins(1));
    assert!(report.is_complete(), "{report:?}");
    // Rows that a slow store did not take in time went to the spool.
    settle(&recorder);
    let shrunk =
        site.sql("SELECT COUNT(*) FROM operational_activity WHERE payload LIKE '%truncated%'");
    assert_eq!(shrunk.trim(), "6");
    site.conclude(row, &recorder, &acked);
}

/// Policy that turns events of one action into rows that every server refuses.
#[derive(Default)]
struct Careless(DefaultPolicy);

impl Policy for Careless {
    fn admit(&self, call: &Call<'_>) -> Admission {
        self.0.admit(call)
    }

    fn masks(&self) -> &Masks {
        self.0.masks()
    }

    fn finish<'a>(&self, event_id: Uuid, event: &Event<'a>) -> Activity<'a> {
        let mut row = self.0.finish(event_id, event);
        if event.action == "order.spoil" {
            row.action = "x".repeat(300).into();
        }
        row
    }
}

fn poison(kind: Kind) {
    let site = Site::new(kind);
    let places = if rounds(0, 1) == 0 {
        vec![0, 123, 499]
    } else {
        (0..500).step_by(7).collect()
    };
    let mut row = Row::new(13, "one bad row in 500", kind);
    let mut acked = Acked::default();
    let mut config: Config = site.config();
    config.policy = Some(Arc::new(Careless::default()));
    config.linger = Some(Duration::from_secs(10));
    let recorder = Pipeline::start(config).expect("a good configuration");
    let sink = recorder.sink();
    let mut statements = Vec::new();
    for &place in &places {
        let failed = recorder.stats().failed_attempts;
        for number in 0..500 {
            let id = format!("poison-{place}-{number}");
            let action = if number == place {
                "order.spoil"
            } else {
                "order.update"
            };
            assert!(record(&*sink, action, &id, "{}").0);
            if number != place {
                acked.ids.push(id);
            }
        }
        let report = recorder.flush_blocking(Duration::from_mins(1));
        assert!(report.is_complete(), "{report:?}");
        settle(&recorder);
        statements.push(recorder.stats().failed_attempts - failed);
    }
    row.extra =
        json!({"places": places.len(), "failed_statements_at_most": statements.iter().max()});
    assert_eq!(recorder.stats().dead_lettered, places.len() as u64);
    let reasons = dead_letters(&site);
    assert_eq!(reasons.len(), places.len());
    assert!(
        reasons.iter().all(|reason| reason.contains("too long")),
        "{reasons:?}"
    );
    site.conclude(row, &recorder, &acked);
}

fn dead_letters(site: &Site) -> Vec<String> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let letters = runtime.block_on(behavior_trace::health::dead_letters(site.spool.path()));
    let letters = letters.expect("readable").into_iter();
    letters.map(|letter| letter.reason).collect()
}
