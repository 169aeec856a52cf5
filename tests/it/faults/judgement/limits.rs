//! H5: a server without free prepared statements, a reason that concerns no row.

use behavior_trace::config::Durability;
use behavior_trace_servers::Kind;

use super::trial::Trial;
use super::{lasts, side_by_side};
use crate::faults::on_both;
use crate::faults::site::Site;

on_both! {
    no_row_is_dropped_for_want_of_prepared_statements => super::in_memory;
    no_row_is_altered_for_want_of_prepared_statements => super::with_a_spool;
}

fn in_memory(kind: Kind) {
    side_by_side(kind, |kind| {
        let site = Site::new(kind);
        let fault = "H5 prepared statements used up, no spool";
        let trial = Trial::with(&site, 105, fault, |config| {
            config.spool_dir = None;
            config.durability = Some(Durability::Memory);
        });
        used_up(&site, trial);
    });
}

fn with_a_spool(kind: Kind) {
    side_by_side(kind, |kind| {
        let site = Site::new(kind);
        let trial = Trial::on(&site, 105, "H5 prepared statements used up");
        used_up(&site, trial);
    });
}

/// Uses up the prepared statements. The statement of one row is prepared already and passes; those of more rows are refused
/// with 1461. The recorder may make the rows wait or send them unprepared. If they wait, health has to show it.
fn used_up(site: &Site, mut trial: Trial<'_>) {
    for number in 0..3 {
        trial.record(&format!("first-{number}"));
        trial.stored();
    }
    site.sql("SET GLOBAL max_prepared_stmt_count = 0");
    for (round, count) in [35, 100, 1, 64].into_iter().enumerate() {
        for number in 0..count {
            trial.record(&format!("during-{round}-{number}"));
        }
        trial.wait(lasts(1, 10), |trial| trial.is_empty());
        let rows = trial.in_table().len();
        if rows < trial.acked() {
            trial.promise_cause(&["prepared", "1461"]);
        }
    }
    site.sql("SET GLOBAL max_prepared_stmt_count = 16382");
    trial.recover();
    trial.conclude();
}
