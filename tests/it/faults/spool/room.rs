//! I5: a spool that was large once, and returns its disk space.

use std::time::{Duration, Instant};

use behavior_trace_core::Field;
use behavior_trace_servers::Kind;
use serde_json::json;

use super::left::files;
use crate::faults::judgement::{lasts, trial::Trial};
use crate::faults::site::Site;
use crate::faults::{on_both, rounds};

on_both! {
    mysql in earnest;
    an_empty_spool_gives_its_room_back => super::given_back;
}

/// Time limit for returning the space, from the moment the spool is empty.
const SOON: Duration = Duration::from_mins(1);
/// Maximum size of the files afterwards.
const SMALL: u64 = 1 << 20;
/// Approximate size of a row, including its long field.
const ROW: u32 = 800;

fn given_back(kind: Kind) {
    let site = Site::new(kind);
    site.server.stop().expect("stops");
    let mut trial = Trial::on(&site, 205, "I5 a large spool, all of it delivered");
    let wanted = rounds(8, 100) << 20;
    let agent = "a".repeat(500);
    for number in 0..wanted / ROW {
        if number % 1000 == 0 {
            let has_room = trial.wait(lasts(10, 60), |trial| {
                trial.recorder.stats().in_memory < 20_000
            });
            assert!(has_room, "{}", trial.state());
        }
        let id = format!("large-{number}");
        trial.record_as(&id, &[(Field::UserAgent, &agent)]);
    }
    let spooled = trial.wait(lasts(10, 60), |trial| trial.recorder.stats().in_memory == 0);
    assert!(spooled, "{}", trial.state());
    let largest = size(&site);
    assert!(largest >= u64::from(wanted), "{:?}", files(&site, 0));
    site.server.restart().expect("starts");
    trial.drain(lasts(30, 120));
    let empty = Instant::now();
    let is_small = trial.wait(SOON, |_| size(&site) < SMALL);
    trial.row.promise(is_small, || {
        format!(
            "{SOON:?} after it was emptied it still is {:?}, of {largest} bytes once",
            files(&site, 0)
        )
    });
    trial.row.extra = json!({
        "largest_bytes": largest, "bytes": size(&site), "room_back_ms": empty.elapsed().as_millis(),
    });
    // The spool continues with the small file.
    site.server.stop().expect("stops");
    for number in 0..100 {
        trial.record(&format!("after-{number}"));
    }
    let spools = trial.wait(lasts(5, 10), |trial| trial.recorder.stats().spooled == 100);
    let state = trial.state();
    trial
        .row
        .promise(spools, || format!("it does not spool any more: {state}"));
    site.server.restart().expect("starts");
    trial.recover();
    trial.conclude();
}

/// Returns the total size of the slot's files.
fn size(site: &Site) -> u64 {
    files(site, 0).iter().map(|(_, size)| size).sum()
}
