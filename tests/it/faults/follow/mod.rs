//! Rows 38 and 39: ten followers beside writers that commit out of order, kills, and a transaction that stays open.

mod followers;
mod processes;
mod writers;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use behavior_trace::config::DatabaseUrl;
use behavior_trace::retention::Partitions;
use behavior_trace_core::Sink;
use behavior_trace_servers::Kind;
use serde_json::json;
use tokio::runtime::Runtime;

use followers::{Followers, Stored};
use writers::{Transaction, Writers};

use super::load::Load;
use super::report::Row;
use super::site::{RATE, Site, settle, wait};
use super::{on_both, rounds};

on_both! {
    ten_followers_see_each_row_once => super::whole;
    ten_followers_of_400_partitions_see_each_row_once => super::partitioned;
}

/// Number of partitions that are created ahead.
const PARTITIONS: u16 = 400;

/// Extent of a run.
pub(super) struct Extent {
    rows: usize,
    kills: u32,
    /// Duration of the application's transaction.
    open: Duration,
    /// Load before each kill.
    load: Duration,
    /// Longest pause of a writer inside its transaction.
    pause: Duration,
    settle_delay: Duration,
    poll_interval: Duration,
}

impl Extent {
    fn of_this_run() -> Self {
        let number = |quick, earnest| rounds(quick, earnest);
        let time = |quick, earnest| Duration::from_millis(u64::from(rounds(quick, earnest)));
        Self {
            rows: number(3000, 200_000) as usize,
            kills: number(2, 20),
            open: time(2_000, 600_000),
            load: time(400, 4_000),
            pause: time(20, 400),
            settle_delay: time(200, 10_000),
            poll_interval: time(50, 500),
        }
    }
}

fn whole(kind: Kind) {
    let row = Row::new(38, "ten followers through kills", kind);
    run(&Site::new(kind), row);
}

fn partitioned(kind: Kind) {
    let site = Site::new(kind);
    let url: DatabaseUrl = site.url.parse().expect("a good URL");
    let partitions = Partitions::daily(&url);
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        assert!(partitions.convert().await.expect("converts"));
        let created = partitions.create_ahead(PARTITIONS).await;
        assert!(created.expect("creates") >= usize::from(PARTITIONS));
    });
    let row = Row::new(39, "ten followers of 400 partitions through kills", kind);
    run(&site, row);
}

fn run(site: &Site, mut row: Row) {
    let extent = Extent::of_this_run();
    let runtime = Runtime::new().expect("a runtime");
    let _inside = runtime.enter();
    let followers = Followers::start(&site.url, &extent);
    let recorder = site.start();
    let sink: Arc<dyn Sink> = recorder.sink();
    let writers = Writers::start(&site.url, extent.pause);
    let load = Load::start(&sink, "live", RATE / 4);
    for _ in 0..extent.kills {
        // Its rows are gone with the server.
        let lost = runtime.block_on(Transaction::begin(&site.url));
        wait(extent.load);
        site.server.kill().expect("dies");
        wait(extent.load / 8);
        site.server.restart().expect("starts again");
        drop(lost);
    }
    let acked = load.stop();
    row.recovery = settle(&recorder);
    let begun = Instant::now();
    let (commits, rolls_back) = runtime.block_on(async {
        let commits = Transaction::begin(&site.url).await;
        (commits, Transaction::begin(&site.url).await)
    });
    while begun.elapsed() < extent.open || writers.stored() + acked.ids.len() < extent.rows {
        wait(Duration::from_millis(50));
    }
    runtime.block_on(async {
        rolls_back.end("ROLLBACK").await;
        commits.end("COMMIT").await;
    });
    let open = begun.elapsed();
    let written = runtime.block_on(writers.stop());
    let table = stored(site);
    let there: HashSet<_> = table.iter().map(|stored| stored.event).collect();
    let gone = written.difference(&there).count();
    row.promise(gone == 0, || format!("{gone} committed rows are gone"));
    let comparison = runtime.block_on(followers.stop(&table));
    comparison.check(&mut row, extent.rows);
    row.extra = json!({
        "followed": comparison.report(), "kills": extent.kills, "open_s": open.as_secs_f64(),
    });
    site.conclude(row, &recorder, &acked);
}

fn stored(site: &Site) -> Vec<Stored> {
    let text = site.sql("SELECT id, event_id, resource FROM operational_activity ORDER BY id");
    let row = |line: &str| {
        let mut columns = line.split('\t');
        Some(Stored {
            id: columns.next()?.parse().ok()?,
            event: columns.next()?.parse().ok()?,
            resource: columns.next()?.to_owned(),
        })
    };
    text.lines().map(|line| row(line).expect("a row")).collect()
}
