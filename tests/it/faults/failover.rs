//! Row 40: a failover between two servers, under a URL that names both.
//!
//! Nothing is replicated between them, so each event has to be on one of them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use behavior_trace::config::ErrorOutput;
use behavior_trace::{BehaviorTrace, record};
use behavior_trace_servers::Kind;
use serde_json::json;
use tracing::Dispatch;
use tracing_subscriber::prelude::*;

use super::load::Acked;
use super::report::Row;
use super::site::{Site, wait};
use super::{on_both, rounds};

on_both! {
    a_primary_that_turns_read_only_hands_over_to_the_next_host => super::read_only;
    a_primary_that_is_killed_hands_over_to_the_next_host => super::killed;
}

/// Pause between two events: about 1,000 events a second.
const PAUSE: Duration = Duration::from_millis(1);
/// Time without any server that takes writes, longer in each round.
const GAP: Duration = Duration::from_millis(500);
/// Time within which the first row is on the other server.
const SOON: Duration = Duration::from_secs(6);
const DEADLINE: Duration = Duration::from_mins(2);

fn read_only(kind: Kind) {
    let pair = Pair::new(kind);
    let row = Row::new(40, "failover, primary turns read-only", kind);
    let (mut row, servers) = pair.run(row, |primary| primary.set_read_only(true));
    let both = servers.values().filter(|events| events.len() > 1).count();
    row.promise(both == 0, || format!("{both} events on both servers"));
    row.conclude();
}

/// Events whose commit the killed server had made and not answered are on both. There they are one event, which a replica
/// would hold once.
fn killed(kind: Kind) {
    let pair = Pair::new(kind);
    let row = Row::new(40, "failover, primary killed", kind);
    let (mut row, servers) = pair.run(row, |primary| {
        primary.server.kill().expect("dies");
        // It comes back as a replica, which takes no writes.
        primary.server.restart().expect("starts again");
        primary.set_read_only(true);
    });
    let both = servers.values().filter(|events| events.len() > 1).count();
    let others = servers.values().filter(|events| !are_equal(events)).count();
    row.promise(others == 0, || {
        format!("{others} events were stored as others")
    });
    row.extra["on_both"] = both.into();
    // A row that is on both servers is one event.
    row.rows.values_mut().for_each(|count| *count = 1);
    row.conclude();
}

fn are_equal(events: &[String]) -> bool {
    events.iter().all(|event| *event == events[0])
}

/// The events of each resource id.
type Events = HashMap<String, Vec<String>>;

struct Pair {
    sites: [Site; 2],
    url: String,
}

impl Pair {
    fn new(kind: Kind) -> Self {
        let sites = [Site::new(kind), Site::new(kind)];
        sites[1].set_read_only(true);
        let [one, two] = sites.each_ref().map(|site| site.server.address());
        let url = sites[0].url.replace(&one, &format!("{one},{two}"));
        Self { sites, url }
    }

    /// Records all the while, lets the servers change places a few times, and compares.
    fn run(&self, mut row: Row, lose: impl Fn(&Site)) -> (Row, Events) {
        let spool = tempfile::tempdir().expect("a directory");
        let trace = BehaviorTrace::builder()
            .database_url(self.url.as_str())
            .spool_dir(spool.path())
            .error_output(ErrorOutput::Off)
            .build()
            .expect("a sound configuration");
        let over = AtomicBool::new(false);
        let (acked, waits) = thread::scope(|scope| {
            let load = scope.spawn(|| load(&trace, &over));
            let mut waits = Vec::new();
            for round in 0..rounds(2, 20) {
                wait(Duration::from_millis(500));
                let place = usize::from(round % 2 == 1);
                let (primary, next) = (&self.sites[place], &self.sites[1 - place]);
                lose(primary);
                wait(GAP * (round + 1));
                waits.push(next.first_row_after(|| next.set_read_only(false)));
            }
            wait(Duration::from_millis(500));
            over.store(true, Ordering::Relaxed);
            (load.join().expect("no call panics"), waits)
        });
        let begun = Instant::now();
        while begun.elapsed() < DEADLINE && trace.stats().spooled + trace.stats().in_memory > 0 {
            wait(Duration::from_millis(5));
        }
        row.recovery = begun.elapsed();
        let longest = waits.iter().max().copied().unwrap_or_default();
        row.promise(longest <= SOON, || format!("first row after {longest:?}"));
        row.extra = json!({
            "first_row_ms": waits.iter().map(Duration::as_millis).collect::<Vec<_>>(),
        });
        row.stats = trace.stats();
        let events = self.events();
        let counts = events
            .iter()
            .map(|(id, events)| (id.clone(), events.len() as u64));
        row.compare(&acked, counts.collect());
        (row, events)
    }

    /// Returns the events on both servers together.
    fn events(&self) -> Events {
        let mut events = Events::new();
        for site in &self.sites {
            let text = site.sql("SELECT resource_id, event_id FROM operational_activity");
            for (id, event) in text.lines().filter_map(|line| line.split_once('\t')) {
                events
                    .entry(id.to_owned())
                    .or_default()
                    .push(event.to_owned());
            }
        }
        events
    }
}

/// Records until it is over, and returns the events that were taken.
pub(super) fn load(trace: &BehaviorTrace, over: &AtomicBool) -> Acked {
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(trace.layer()));
    let ids = tracing::dispatcher::with_default(&dispatch, || {
        let numbers = (0_u32..).take_while(|_| !over.load(Ordering::Relaxed));
        numbers
            .map(|number| {
                let id = format!("order-{number}");
                record!(
                    action = "order.update",
                    resource = "Order",
                    resource_id = id
                );
                thread::sleep(PAUSE);
                id
            })
            .collect()
    });
    Acked::of(ids)
}

impl Site {
    fn set_read_only(&self, is_read_only: bool) {
        let text = format!("SET GLOBAL read_only = {}", u8::from(is_read_only));
        self.server.sql(&text).expect("runs");
    }

    /// Returns the time from a change until a further row is in the table.
    fn first_row_after(&self, change: impl FnOnce()) -> Duration {
        let last = || self.sql("SELECT COALESCE(MAX(id), 0) FROM operational_activity");
        let before = last();
        change();
        let begun = Instant::now();
        while last() == before && begun.elapsed() < DEADLINE {
            wait(Duration::from_millis(10));
        }
        begun.elapsed()
    }
}
