//! A cluster with a recorder that writes to it all the while.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use behavior_trace::BehaviorTrace;
use behavior_trace::config::ErrorOutput;
use behavior_trace_servers::{Cluster, ClusterKind, Server};
use serde_json::json;
use tempfile::TempDir;

use super::MORE;
use super::watch::{Watch, until_both};
use crate::faults::failover::load;
use crate::faults::report::Row;
use crate::faults::rounds;
use crate::faults::site::{DATABASE, migrate, wait};

/// Time limit for storing everything at the end, and the rows between two faults.
const DEADLINE: Duration = Duration::from_mins(2);
/// Time after a loss in which rows may appear that the lost node had passed on.
const PASSED_ON: Duration = Duration::from_secs(1);

pub(super) struct ClusterSite {
    pub(super) cluster: Cluster,
    url: String,
    spool: TempDir,
}

/// The times from the loss of a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// Until any other node took a write of a client that tries on each.
    cluster: Duration,
    /// Until the recorder's next row was in the table.
    row: Duration,
}

impl ClusterSite {
    pub(super) fn new(kind: ClusterKind) -> Self {
        let cluster = Cluster::start(kind).expect("a cluster");
        let url = cluster.database(DATABASE).expect("a database");
        let primary = &cluster.nodes()[cluster.writable().expect("a primary")];
        migrate(&primary.url(DATABASE));
        let watched = "CREATE TABLE watched (node INT PRIMARY KEY, write_number BIGINT NOT NULL)";
        let watched = format!("USE {DATABASE}; {watched}");
        primary.sql(&watched).expect("a table");
        Self {
            cluster,
            url,
            spool: tempfile::tempdir().expect("a directory"),
        }
    }

    /// Records all the while, and waits in the end until all is stored.
    pub(super) fn under_load(&self, row: &mut Row, faults: impl FnOnce(&BehaviorTrace)) {
        let trace = BehaviorTrace::builder()
            .database_url(self.url.as_str())
            .spool_dir(self.spool.path())
            .error_output(ErrorOutput::Off)
            .build()
            .expect("a sound configuration");
        let over = AtomicBool::new(false);
        let acked = thread::scope(|scope| {
            let load = scope.spawn(|| load(&trace, &over));
            // The load ends also if a fault does not go as planned.
            let end = End(&over);
            faults(&trace);
            Self::wait_for_rows(&trace, 1);
            drop(end);
            load.join().expect("no call panics")
        });
        let begun = Instant::now();
        let is_left = || trace.stats().spooled + trace.stats().in_memory > 0;
        while begun.elapsed() < DEADLINE && is_left() {
            wait(Duration::from_millis(5));
        }
        row.recovery = begun.elapsed();
        row.stats = trace.stats();
        row.compare(&acked, Self::rows(&self.cluster.nodes()[0]));
    }

    /// Waits until this many rows more are stored.
    pub(super) fn wait_for_rows(trace: &BehaviorTrace, more: u64) {
        let (begun, before) = (Instant::now(), trace.stats().stored);
        while trace.stats().stored < before + more {
            let waited = begun.elapsed();
            assert!(
                waited < DEADLINE,
                "{:?}\n{:?}",
                trace.stats(),
                trace.health()
            );
            wait(Duration::from_millis(5));
        }
    }

    /// Returns the node that has the recorder's session.
    pub(super) fn in_use(&self) -> usize {
        let question = format!(
            "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = '{DATABASE}' AND USER = 'trace'"
        );
        let sessions = |node: &Server| node.sql(&question).expect("an answer").trim() != "0";
        let mut nodes = self.cluster.nodes().iter();
        nodes.position(sessions).expect("a node in use")
    }

    /// Loses a node, and measures how long the others and the recorder take to go on.
    pub(super) fn lose(&self, victim: &Server, lose: impl FnOnce(&Server)) -> Times {
        let others = self.cluster.nodes().iter().enumerate();
        let others = others.filter(|(_, node)| node.address() != victim.address());
        let watches: Vec<_> = others
            .map(|(place, node)| Watch::over(place, &node.url(DATABASE)))
            .collect();
        lose(victim);
        let begun = Instant::now();
        wait(PASSED_ON);
        let (cluster, row) = until_both(&watches, begun);
        Times { cluster, row }
    }

    /// Returns the number of occurrences of each event on a node.
    fn rows(node: &Server) -> HashMap<String, u64> {
        let question = format!(
            "SELECT resource_id, COUNT(*) FROM {DATABASE}.operational_activity GROUP BY resource_id"
        );
        // A node of a busy machine may leave the others for a moment, and join them again.
        let begun = Instant::now();
        let text = loop {
            match node.sql(&question) {
                Ok(text) => break text,
                Err(error) => assert!(begun.elapsed() < DEADLINE, "{error}"),
            }
            wait(Duration::from_millis(100));
        };
        let lines = text.lines().filter_map(|line| line.split_once('\t'));
        lines
            .filter_map(|(id, count)| Some((id.to_owned(), count.trim().parse().ok()?)))
            .collect()
    }

    /// Prints and reports the row, whose nodes have to agree.
    pub(super) fn conclude(&self, mut row: Row, times: &[Times]) {
        self.cluster.wait_until_whole().expect("a whole cluster");
        for node in &self.cluster.nodes()[1..] {
            let same = Self::rows(node) == row.rows;
            row.promise(same, || format!("{} has other rows", node.address()));
        }
        let is_quick = rounds(1, 2) == 1;
        for times in times {
            let Times { cluster, row: next } = *times;
            row.promise(is_quick || next <= cluster + MORE, || {
                format!("the next row after {next:?}, and a write after {cluster:?}")
            });
            println!(
                "cluster {:.2} s, next row {:.2} s",
                cluster.as_secs_f64(),
                next.as_secs_f64()
            );
        }
        let twice = row.rows.values().filter(|count| **count > 1).count();
        println!(
            "{}, {}: {} sent, {} stored, {twice} twice, {} missing",
            row.store,
            row.fault,
            row.acked,
            row.rows.len(),
            row.lost
        );
        let millis = |of: fn(&Times) -> Duration| -> Vec<_> {
            times.iter().map(|it| of(it).as_millis()).collect()
        };
        if !times.is_empty() {
            row.extra = json!({
                "cluster_ms": millis(|it| it.cluster), "next_row_ms": millis(|it| it.row),
            });
        }
        row.conclude();
    }
}

/// Ends the load when it is dropped.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
