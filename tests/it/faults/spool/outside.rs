//! The spool of a killed process, listed, mended and drained by another program, which records nothing.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use behavior_trace::config::{Config, DatabaseUrl, Pipeline};
use behavior_trace::spool::{
    DeadLetterId, DeadLetters, DrainReport, SpoolInfo, Spools, SpoolsError,
};
use behavior_trace_core::Sink;
use behavior_trace_servers::Kind;
use tokio::runtime::Runtime;

use super::process::Process;
use crate::faults::load::{payload, record};
use crate::faults::on_both;
use crate::faults::site::{Site, wait};

on_both! {
    mysql in earnest;
    another_program_drains_the_spool_of_a_killed_process => super::drained;
    another_program_lists_and_leaves_the_spool_of_a_live_process => super::live;
}

/// More than two batches.
const ROWS: u32 = 2500;

/// The other program.
struct Tool {
    runtime: Runtime,
    spools: Spools,
    letters: DeadLetters,
    url: DatabaseUrl,
}

impl Tool {
    fn of(site: &Site) -> Self {
        let directory: &Path = site.spool.path();
        Self {
            runtime: Runtime::new().expect("a runtime"),
            spools: Spools::new(directory),
            letters: DeadLetters::new(directory),
            url: site.url.parse().expect("a good URL"),
        }
    }

    /// The first slot.
    fn look(&self) -> SpoolInfo {
        let listed = self.runtime.block_on(self.spools.list());
        listed.expect("readable").remove(0)
    }

    fn drain(&self, progress: impl FnMut(&DrainReport) + Send) -> Result<DrainReport, SpoolsError> {
        let drained = self.spools.drain(0, &self.url, progress);
        self.runtime.block_on(drained)
    }

    fn ids(&self) -> Vec<DeadLetterId> {
        let letters = self.runtime.block_on(self.letters.list());
        let letters = letters.expect("readable").into_iter();
        letters.map(|letter| letter.id).collect()
    }

    fn requeue(&self, id: DeadLetterId) -> Result<(), SpoolsError> {
        self.runtime.block_on(self.letters.requeue(id))
    }

    fn remove(&self, id: DeadLetterId) -> Result<(), SpoolsError> {
        self.runtime.block_on(self.letters.remove(id))
    }
}

/// A process that has spooled its rows, as the server is down.
fn spooled(site: &Site) -> Process {
    site.server.stop().expect("stops");
    let mut process = Process::start(site, "outside", |_| ());
    process.wait_for("spooled");
    process
}

fn drained(kind: Kind) {
    let site = Site::new(kind);
    spooled(&site).kill();
    let tool = Tool::of(&site);
    let found = tool.look();
    assert_eq!(
        (found.owner_alive, found.rows, found.dead_letters),
        (false, Some(u64::from(ROWS)), Some(0)),
        "{found:?}"
    );
    assert!(found.oldest.is_some() && found.problem.is_none());
    let error = tool.drain(|_| ()).expect_err("the server is down");
    assert!(error.is_transient(), "{error}");
    assert_eq!(tool.look().rows, Some(u64::from(ROWS)));
    site.server.restart().expect("starts");
    // A rule refuses two rows of the first batch, and the server goes away after that batch.
    refuse_two(&site);
    let mut batches = 0;
    let error = tool.drain(|_| {
        batches += 1;
        if batches == 1 {
            site.server.stop().expect("stops");
        }
    });
    let error = error.expect_err("the server is away");
    assert!(error.is_transient(), "{error}");
    assert_eq!(batches, 1);
    let left = tool.look().rows.expect("readable");
    assert!((1..u64::from(ROWS)).contains(&left), "{left}");
    site.server.restart().expect("starts");
    let report = tool.drain(|_| ()).expect("drains");
    assert_eq!((report.stored, report.left), (left, 0), "{report:?}");
    mend(&site, &tool);
    let rows = site.rows();
    let lost: Vec<_> = (0..ROWS)
        .map(|number| format!("left-{number}"))
        .filter(|id| rows.get(id) != Some(&1))
        .collect();
    assert_eq!(lost, ["left-8"], "the removed one alone is not there once");
    assert_eq!(rows.len(), ROWS as usize - 1);
}

fn refuse_two(site: &Site) {
    site.sql(
        "ALTER TABLE operational_activity ADD CONSTRAINT not_these CHECK (resource_id NOT IN ('left-7', 'left-8'))",
    );
}

/// Requeues the first of two letters, and removes the second.
fn mend(site: &Site, tool: &Tool) {
    let ids = tool.ids();
    let [first, second] = ids[..] else {
        panic!("{ids:?}");
    };
    let shown = tool.runtime.block_on(tool.letters.show(first));
    let shown = shown.expect("readable");
    assert!(shown.reason.contains("not_these"), "{shown:?}");
    let row = shown.activity.expect("a whole row");
    assert_eq!(row.resource_id.as_deref(), Some("left-7"));
    site.sql("ALTER TABLE operational_activity DROP CONSTRAINT not_these");
    tool.requeue(first).expect("requeued");
    let again = tool.requeue(first).expect_err("it is gone");
    assert!(again.to_string().contains("no such letter"), "{again}");
    tool.remove(second).expect("removed");
    let again = tool.remove(second).expect_err("it is gone");
    assert!(again.is_missing(), "{again}");
    let report = tool.drain(|_| ()).expect("drains");
    assert_eq!((report.stored, report.left), (1, 0), "{report:?}");
    assert!(tool.ids().is_empty());
}

fn live(kind: Kind) {
    let site = Site::new(kind);
    let mut process = spooled(&site);
    site.server.restart().expect("starts");
    let tool = Tool::of(&site);
    let found = tool.look();
    assert!(found.owner_alive, "{found:?}");
    let error = tool.drain(|_| ()).expect_err("the process lives");
    assert!(
        error.is_locked() && error.to_string().contains("slot 0"),
        "{error}"
    );
    // It goes on as if nobody had looked.
    let begun = std::time::Instant::now();
    while site.rows().len() < ROWS as usize {
        assert!(
            begun.elapsed() < Duration::from_mins(1),
            "{:?}",
            tool.look()
        );
        wait(Duration::from_millis(50));
    }
    assert!(site.rows().values().all(|count| *count == 1));
    process.kill();
    assert!(!tool.look().owner_alive);
}

/// Runs as the other process: records, says when all of it is in its spool, and waits.
pub(super) fn role(config: Config) {
    let recorder = Pipeline::start(config).expect("a good configuration");
    let sink: Arc<dyn Sink> = recorder.sink();
    for number in 0..ROWS {
        let id = format!("left-{number}");
        assert!(record(&*sink, "order.update", &id, &payload(&id)).0);
    }
    while recorder.stats().spooled < u64::from(ROWS) {
        thread::sleep(Duration::from_millis(5));
    }
    println!("spooled");
    loop {
        thread::park();
    }
}
