//! H15: a unique key of the application, under which a second row looks like the first one sent again.

use behavior_trace::health::HealthStatus;
use behavior_trace_core::Field;
use behavior_trace_servers::Kind;

use super::lasts;
use super::trial::Trial;
use crate::faults::on_both;
use crate::faults::site::Site;

on_both! {
    a_unique_key_that_was_there_before_swallows_no_row => super::before;
    a_unique_key_that_comes_later_swallows_no_row => super::meanwhile;
}

const KEY: &str = "one_event_each_request";

fn add(site: &Site) {
    site.sql(&format!(
        "ALTER TABLE operational_activity ADD UNIQUE KEY {KEY} (request_id)"
    ));
}

fn before(kind: Kind) {
    let site = Site::new(kind);
    add(&site);
    let trial = Trial::on(&site, 115, "H15 unique key, there before");
    swallowed(&site, trial);
}

fn meanwhile(kind: Kind) {
    let site = Site::new(kind);
    let mut trial = Trial::on(&site, 115, "H15 unique key, added while connected");
    trial.connect();
    add(&site);
    swallowed(&site, trial);
}

/// Records two events of one request, in two batches and in one.
fn swallowed(site: &Site, mut trial: Trial<'_>) {
    for round in 0..2 {
        let first = [(Field::RequestId, "request-1")];
        trial.record_as(&format!("one-{round}"), &first);
        trial.wait(lasts(1, 5), |trial| trial.is_empty());
    }
    let second = [(Field::RequestId, "request-2")];
    for number in 0..5 {
        trial.record_as(&format!("two-{number}"), &second);
    }
    trial.suffer(lasts(2, 5), &[KEY]);
    let health = trial.recorder.health();
    trial
        .row
        .promise(health.status == HealthStatus::Unhealthy, || {
            format!("not red while the key is there: {health:?}")
        });
    site.sql(&format!("ALTER TABLE operational_activity DROP KEY {KEY}"));
    trial.recover();
    trial.conclude();
}
