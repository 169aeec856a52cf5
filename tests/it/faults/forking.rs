//! Row 29: the application forks while it records and the writer is running.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::exit;
use std::sync::Arc;
use std::time::{Duration, Instant};

use behavior_trace::config::Durability;
use behavior_trace::config::Pipeline;
use behavior_trace::health::HealthStatus;
use behavior_trace_core::Sink;
use behavior_trace_servers::Kind;
use fork::{Fork, fork, waitpid_nohang};
use serde_json::{Value, json};

use super::child::{Host, Log, written};
use super::load::{Acked, Load, record};
use super::report::Row;
use super::site::{RATE, Site, settle, wait};
use super::{on_both, rounds};

on_both! {
    mysql in earnest;
    a_fork_loses_and_doubles_nothing_and_blocks_nobody => super::forked;
}

/// Id of the events that a child records.
const LOST: &str = "lost in the child";
const PATIENCE: Duration = Duration::from_secs(20);

fn forked(kind: Kind) {
    let site = Site::new(kind);
    let mut row = Row::new(29, "fork", kind);
    let logs = tempfile::tempdir().expect("a directory");
    let log = logs.path().join("acked");
    let mut host = Host::start("forks", &site, Durability::Spool, &log);
    let told: Value = serde_json::from_str(&host.wait_for("result ")).expect("what it saw");
    host.wait();
    let (_, ids) = written(&log, Duration::ZERO);
    // If a child had spooled anything, the next process would find it.
    let recorder = site.successor();
    row.recovery = settle(&recorder);
    let rows = site.rows();
    row.promise(!rows.contains_key(LOST), || {
        "a child recorded through its parent's recorder".to_owned()
    });
    row.stats.accepted = told["accepted"].as_u64().expect("a number");
    row.stats.stored = told["stored"].as_u64().expect("a number");
    row.compare(&Acked::of(ids), rows);
    row.extra = told;
    row.conclude();
}

/// Forks repeatedly under load, in the role of the application.
pub(crate) fn host(recorder: Pipeline, mut log: Log) {
    let sink: Arc<dyn Sink> = recorder.sink();
    let load = Load::start(&sink, "beside", RATE);
    let forks = rounds(5, 50);
    for _ in 0..forks {
        log.event();
        match fork().expect("another process") {
            Fork::Child => {
                let lived = catch_unwind(AssertUnwindSafe(|| child(recorder)));
                // The upper frames of this stack belong to the parent.
                exit(i32::from(lived.is_err()));
            }
            Fork::Parent(pid) => {
                log.event();
                let begun = Instant::now();
                let status = loop {
                    match waitpid_nohang(pid).expect("a child of ours") {
                        Some(status) => break status,
                        None => wait(Duration::from_millis(5)),
                    }
                    assert!(begun.elapsed() < PATIENCE, "the child hangs");
                };
                assert_eq!(status, 0, "the child failed");
            }
        }
    }
    load.stop().ids.iter().for_each(|id| log.note(id));
    // The children's counts ended with them.
    settle(&recorder);
    let stats = recorder.stats();
    assert_eq!(
        (stats.unaccounted(), stats.dropped.total()),
        (0, 0),
        "{stats:?}"
    );
    let report = recorder.shutdown_blocking(PATIENCE);
    assert!(report.is_complete(), "{report:?}");
    let (accepted, stored) = (stats.accepted, stats.stored);
    println!(
        "result {}",
        json!({"forks": forks, "accepted": accepted, "stored": stored})
    );
}

/// Checks that the parent's recorder takes nothing in the child and blocks nothing. The child starts no recorder: after a
/// fork, a lock may be held by a thread of the parent that does not exist in the child.
fn child(parents: Pipeline) {
    let begun = Instant::now();
    let sink = parents.sink();
    for _ in 0..1000 {
        record(&*sink, "order.update", LOST, "{}");
    }
    assert!(parents.stats().dropped.forked > 0, "{:?}", parents.stats());
    assert_eq!(parents.health().status, HealthStatus::Unhealthy);
    parents.flush_blocking(PATIENCE);
    drop(parents);
    assert!(begun.elapsed() < PATIENCE / 4, "{:?}", begun.elapsed());
}
