//! Rows 15, 19 and 21 to 23: faults of the application's process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use behavior_trace::config::Durability;
use behavior_trace_core::Sink;
use behavior_trace_servers::Kind;
use rustix::process::Signal;
use serde_json::json;

use super::child::{Host, written};
use super::load::{Acked, record};
use super::report::Row;
use super::site::{Site, settle, wait};
use super::{on_both, rounds};

on_both! {
    mysql in earnest;
    a_killed_host_loses_no_durable_event => super::killed_durable;
    a_killed_host_loses_only_what_is_young => super::killed_young;
    a_terminated_host_with_a_full_queue_loses_nothing => super::terminated;
    an_exit_without_goodbye_loses_no_durable_event => super::exited;
    a_runtime_dropped_right_after_the_event_loses_nothing => super::runtime_dropped;
}

/// Age below which an event that is not durable may be lost with the process. It covers the writer's tick, the linger, and
/// one batch on a busy machine.
pub(super) const YOUNG: Duration = Duration::from_secs(1);

fn killed_durable(kind: Kind) {
    killed(kind, Durability::Durable, "host killed, durable");
}

fn killed_young(kind: Kind) {
    killed(kind, Durability::Spool, "host killed, spool");
}

fn killed(kind: Kind, durability: Durability, fault: &'static str) {
    let site = Site::new(kind);
    let mut row = Row::new(19, fault, kind);
    let mut acked = Acked::default();
    let rounds = rounds(3, 100);
    let logs = tempfile::tempdir().expect("a directory");
    for round in 0..rounds {
        let log = logs.path().join(round.to_string());
        // Every other round has a server that hangs, so that the spool is in use.
        let hangs = round % 2 == 1;
        let mut host = Host::start("steady", &site, durability, &log);
        if hangs {
            site.server.pause().expect("stops");
        }
        wait(Duration::from_millis(u64::from(1800 + round * 53 % 700)));
        host.signal(Signal::KILL);
        if hangs {
            site.server.resume().expect("goes on");
        }
        let (young, ids) = written(&log, YOUNG);
        row.may_lose += if durability == Durability::Durable {
            0
        } else {
            young
        };
        acked.ids.extend(ids);
    }
    let recorder = site.successor();
    row.recovery = settle(&recorder);
    row.extra = json!({"rounds": rounds, "recovered": recorder.stats().recovered});
    site.conclude(row, &recorder, &acked);
}

fn terminated(kind: Kind) {
    let site = Site::new(kind);
    let mut row = Row::new(21, "SIGTERM with 100,000 queued", kind);
    site.server.stop().expect("stops");
    let logs = tempfile::tempdir().expect("a directory");
    let log = logs.path().join("acked");
    let mut host = Host::start("burst", &site, Durability::Spool, &log);
    host.wait_for("ready");
    let begun = Instant::now();
    host.signal(Signal::TERM);
    let exit = begun.elapsed();
    assert!(exit < Duration::from_secs(10), "{exit:?}");
    let (_, ids) = written(&log, YOUNG);
    assert_eq!(ids.len(), 100_000);
    let acked = Acked::of(ids);
    site.server.restart().expect("starts");
    let recorder = site.successor();
    row.recovery = settle(&recorder);
    row.extra = json!({"exit_ms": exit.as_millis()});
    site.conclude(row, &recorder, &acked);
}

fn exited(kind: Kind) {
    let site = Site::new(kind);
    let row = Row::new(23, "process::exit without a shutdown, durable", kind);
    let logs = tempfile::tempdir().expect("a directory");
    let log = logs.path().join("acked");
    let mut host = Host::start("exit", &site, Durability::Durable, &log);
    host.wait();
    let (_, ids) = written(&log, YOUNG);
    assert_eq!(ids.len(), 50);
    let recorder = site.successor();
    settle(&recorder);
    let acked = Acked::of(ids);
    site.conclude(row, &recorder, &acked);
}

fn runtime_dropped(kind: Kind) {
    let site = Site::new(kind);
    let row = Row::new(22, "runtime dropped before a flush", kind);
    let recorder = site.start();
    let sink: Arc<dyn Sink> = recorder.sink();
    let mut acked = Acked::default();
    for runtime in 0..20 {
        let host = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        host.block_on(async {
            for number in 0..50 {
                let id = format!("runtime-{runtime}-{number}");
                assert!(record(&*sink, "order.update", &id, "{}").0);
                acked.ids.push(id);
            }
        });
        drop(host);
    }
    let report = recorder.flush_blocking(Duration::from_secs(30));
    assert!(report.is_complete(), "{report:?}");
    settle(&recorder);
    site.conclude(row, &recorder, &acked);
}

/// Limits the size of the process's files, which SQLite reports as an I/O error (code 778). That is the closest to a
/// failing disk without one.
#[test]
fn a_spool_whose_writes_fail_loses_nothing_that_is_still_in_memory() {
    let kind = Kind::MariaDb;
    let site = Site::new(kind);
    let mut row = Row::new(15, "I/O errors from the spool's file", kind);
    site.server.stop().expect("stops");
    let logs = tempfile::tempdir().expect("a directory");
    let log = logs.path().join("acked");
    let mut host = Host::start("limited", &site, Durability::Spool, &log);
    host.wait_for("ready");
    host.signal(Signal::TERM);
    let (_, ids) = written(&log, YOUNG);
    let acked = Acked::of(ids);
    site.server.restart().expect("starts");
    let recorder = site.successor();
    row.recovery = settle(&recorder);
    let stats = recorder.stats();
    row.extra = json!({"recovered": stats.recovered});
    assert_eq!(stats.recovered, acked.ids.len() as u64);
    site.conclude(row, &recorder, &acked);
}
