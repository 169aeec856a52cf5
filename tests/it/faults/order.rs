//! Rows 30 and 31: the clock jumps, rows arrive late, and a reader follows.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use behavior_trace::config::DatabaseUrl;
use behavior_trace::config::Pipeline;
use behavior_trace::query::{Reader, StoredActivity};
use behavior_trace_core::{Field, Fields, Sink, Timestamp};
use behavior_trace_servers::Kind;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::load::{Acked, Load};
use super::on_both;
use super::report::Row;
use super::site::{RATE, Site, settle};

on_both! {
    a_clock_that_jumps_confuses_no_page => super::jumping_clock;
    a_reader_that_follows_misses_no_late_row => super::late_rows;
}

const HOUR: i64 = 3_600_000_000;
/// Number of events at each reading of the clock.
const EACH: i64 = 300;

fn runtime() -> Runtime {
    Runtime::new().expect("a runtime")
}

fn reader(site: &Site) -> Reader {
    let url: DatabaseUrl = site.url.parse().expect("a good URL");
    Reader::new(&url)
}

/// Records events at this reading of the clock, a microsecond apart. They are stored when it returns.
fn record_at(recorder: &Pipeline, name: &str, clock: i64) -> Vec<(String, Timestamp)> {
    let sink = recorder.sink();
    let events: Vec<_> = (0..EACH)
        .map(|number| {
            (
                format!("{name}-{number:04}"),
                Timestamp::from_micros(clock + number),
            )
        })
        .collect();
    for (id, occurred_at) in &events {
        assert!(sink.has_room());
        let mut fields = Fields::new();
        fields.put(Field::Action, "order.update");
        fields.put(Field::Resource, "Order");
        fields.put(Field::ResourceId, id);
        sink.accept(*occurred_at, &fields);
    }
    let report = recorder.flush_blocking(Duration::from_secs(30));
    assert!(report.is_complete(), "{report}");
    events
}

fn jumping_clock(kind: Kind) {
    let site = Site::new(kind);
    let row = Row::new(30, "clock back 1 h, then forward 1 d", kind);
    let recorder = site.start();
    let runtime = runtime();
    let now = Timestamp::now().as_micros();
    let mut events = record_at(&recorder, "now", now);
    events.extend(record_at(&recorder, "back", now - HOUR));
    // A reader pages through the rows while the clock jumps.
    let query = || reader(&site).query().newest_first().limit(50);
    let first = runtime.block_on(query().fetch()).expect("a page");
    let there = events.clone();
    events.extend(record_at(&recorder, "forward", now + 24 * HOUR));
    events.extend(record_at(&recorder, "again", now + EACH));
    let mut met: Vec<StoredActivity> = first.items;
    let mut next = first.next;
    while let Some(cursor) = next {
        let page = runtime
            .block_on(query().after(cursor).fetch())
            .expect("a page");
        met.extend(page.items);
        next = page.next;
    }
    let times = times_met(&met);
    assert!(times.values().all(|&times| times == 1), "met twice");
    assert!(
        there.iter().all(|(id, _)| times.contains_key(id)),
        "skipped"
    );

    let all = runtime.block_on(everything(&site));
    let seen: HashMap<_, _> = all
        .iter()
        .map(|row| (row.activity.resource_id.clone(), row.activity.occurred_at))
        .collect();
    assert_eq!((all.len(), seen.len()), (events.len(), events.len()));
    for (id, occurred_at) in &events {
        assert_eq!(
            seen.get(&Some(id.as_str().into())),
            Some(occurred_at),
            "{id}"
        );
    }
    assert!(all.is_sorted_by_key(|row| (row.activity.occurred_at, row.id)));
    // The ids have the order of storing, regardless of the clock.
    let stored = site.sql("SELECT resource_id FROM operational_activity ORDER BY id");
    let in_turn: Vec<_> = events.iter().map(|(id, _)| id.as_str()).collect();
    assert_eq!(stored.lines().collect::<Vec<_>>(), in_turn);
    let acked = Acked::of(events.into_iter().map(|(id, _)| id).collect());
    site.conclude(row, &recorder, &acked);
}

async fn everything(site: &Site) -> Vec<StoredActivity> {
    let mut rows = Vec::new();
    let mut stream = reader(site).query().oldest_first().limit(77).stream();
    while let Some(row) = stream.next().await {
        rows.push(row.expect("a row"));
    }
    rows
}

fn times_met(rows: &[StoredActivity]) -> HashMap<String, u32> {
    let mut times = HashMap::new();
    for row in rows {
        let id = row.activity.resource_id.clone().unwrap_or_default();
        *times.entry(id.into_owned()).or_default() += 1;
    }
    times
}

fn late_rows(kind: Kind) {
    let site = Site::new(kind);
    let mut row = Row::new(31, "late rows drained while a reader follows", kind);
    let recorder = site.start();
    let sink: Arc<dyn Sink> = recorder.sink();
    let mut acked = Load::during(&sink, "before", RATE, Duration::from_millis(500));
    settle(&recorder);
    site.server.stop().expect("stops");
    acked.absorb(Load::during(&sink, "late", RATE, Duration::from_secs(1)));
    site.server.restart().expect("starts");
    let load = Load::start(&sink, "live", RATE);
    let mut tail = Tail::new(&site);
    while recorder.stats().spooled > 0 {
        tail.follow();
    }
    acked.absorb(load.stop());
    row.recovery = settle(&recorder);
    tail.follow();
    let lost = acked
        .ids
        .iter()
        .filter(|id| !tail.met.contains_key(*id))
        .count();
    assert_eq!(lost, 0, "missed by the reader");
    assert!(tail.met.values().all(|&times| times == 1), "met twice");
    row.extra = json!({"reads": tail.reads, "met": tail.met.len()});
    assert!(tail.reads > 1, "the reader never followed");
    site.conclude(row, &recorder, &acked);
}

/// Reader that continues after the last row it read, in the order of storing.
struct Tail {
    reader: Reader,
    runtime: Runtime,
    last: u64,
    reads: u32,
    met: HashMap<String, u32>,
}

impl Tail {
    fn new(site: &Site) -> Self {
        Self {
            reader: reader(site),
            runtime: runtime(),
            last: 0,
            reads: 0,
            met: HashMap::new(),
        }
    }

    fn follow(&mut self) {
        let mut text = Vec::new();
        let export = self.reader.export().after_id(self.last);
        let export = export.settle_delay(Duration::from_millis(300));
        let exported = self.runtime.block_on(export.write_to(&mut text, |_| ()));
        self.last = exported.expect("a server that answers").last_id;
        self.reads += 1;
        for line in text
            .split(|&byte| byte == b'\n')
            .filter(|line| !line.is_empty())
        {
            let row: Value = serde_json::from_slice(line).expect("a row");
            let id = row["resource_id"].as_str().unwrap_or_default().to_owned();
            *self.met.entry(id).or_default() += 1;
        }
    }
}
