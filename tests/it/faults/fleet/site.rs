//! A fleet on its server, from the start to the rest.

use std::thread;
use std::time::{Duration, Instant};

use behavior_trace_servers::Kind;
use serde_json::json;

use super::hosts::{Feed, Hosts};
use super::watch::{Peak, Watch};
use crate::faults::report::Row;
use crate::faults::site::{Site, wait};

/// Time limit for storing everything at the end.
const DEADLINE: Duration = Duration::from_mins(5);
/// Time after the last row within which no host holds a connection.
const AT_REST: Duration = Duration::from_secs(30);
/// Time between two looks at the hosts.
const LOOK: Duration = Duration::from_millis(250);

/// A fleet and its time.
pub(super) struct Plan {
    pub(super) hosts: u32,
    /// `max_connections` of the server.
    pub(super) room: u32,
    /// Time between two events of a host.
    pub(super) period: Duration,
    /// Time before the server is killed, and after it.
    pub(super) seconds: u32,
    pub(super) seconds_after: u32,
    /// There is room for a connection of each host. After an outage some may want a second one.
    pub(super) has_room: bool,
}

pub(super) struct FleetSite {
    site: Site,
    watch: Watch,
    hosts: Hosts,
    /// Greatest age of an event that was not in the table.
    oldest: Duration,
}

impl FleetSite {
    pub(super) fn run(name: &'static str, kind: Kind, plan: &Plan) {
        let mut row = Row::new(45, name, kind);
        let room = format!("--max-connections={}", plan.room);
        let site = Site::with(kind, &[&room, "--innodb-buffer-pool-size=256M"]);
        let watch = Watch::over(&site.server);
        let begun = Instant::now();
        let (hosts, started) = Hosts::start(plan.hosts as usize, &site.url);
        let mut fleet = Self {
            site,
            watch,
            hosts,
            oldest: Duration::ZERO,
        };
        let feed = Feed::start(&fleet.hosts, plan.period);
        fleet.pass(Duration::from_secs(1));
        let at_start = fleet.watch.since(begun);
        fleet.pass(Duration::from_secs(u64::from(plan.seconds) / 2));
        feed.burst();
        fleet.pass(Duration::from_secs(u64::from(plan.seconds).div_ceil(2)));
        let oldest = std::mem::take(&mut fleet.oldest);
        let before = fleet.watch.since(begun);

        fleet.site.server.kill().expect("dies");
        fleet.site.server.restart().expect("starts again");
        let back = Instant::now();
        fleet.pass(Duration::from_secs(u64::from(plan.seconds_after)));
        let acked = feed.stop();
        let ended = Instant::now();
        fleet.settle();
        row.recovery = ended.elapsed();
        let after = fleet.watch.since(back);
        let at_rest = fleet.rest();

        row.stats.accepted = fleet.hosts.stats().map(|it| it.accepted).sum();
        row.stats.stored = fleet.hosts.stats().map(|it| it.stored).sum();
        let unaccounted: i128 = fleet.hosts.stats().map(|it| it.unaccounted()).sum();
        row.promise(unaccounted == 0, || format!("{unaccounted} unaccounted"));
        row.compare(&acked, fleet.site.rows());
        let Some(at_rest) = at_rest else {
            panic!("connections stay open: {:?}", fleet.watch.last());
        };
        let refused = before.refused + after.refused;
        row.promise(!plan.has_room || before.refused == 0, || {
            format!("{} refused, though there was room", before.refused)
        });
        tell(&row, plan, started, [at_start, before, after]);
        println!(
            "  oldest event {:.1} s before the kill, {:.1} s after it; all stored {:.1} s after the last, no connection {:.1} s later",
            oldest.as_secs_f64(),
            fleet.oldest.as_secs_f64(),
            row.recovery.as_secs_f64(),
            at_rest.as_secs_f64()
        );
        row.extra = json!({
            "hosts": plan.hosts, "room": plan.room, "started_ms": started.as_millis(),
            "most_connections": before.most.max(after.most), "refused": refused,
            "oldest_before_ms": oldest.as_millis(), "oldest_after_ms": fleet.oldest.as_millis(),
            "at_rest_ms": at_rest.as_millis(),
        });
        fleet.hosts.end();
        row.conclude();
    }

    /// Lets the time pass, and notes the oldest event that is not in the table.
    fn pass(&mut self, time: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < time {
            self.oldest = self.oldest.max(self.hosts.oldest());
            wait(LOOK.min(time));
        }
    }

    fn settle(&mut self) {
        let begun = Instant::now();
        while self.hosts.unstored() > 0 {
            let left = self.hosts.unstored();
            assert!(begun.elapsed() < DEADLINE, "{left} events left");
            self.pass(LOOK);
        }
    }

    /// Waits until the hosts hold no connection. Returns how long that took.
    fn rest(&self) -> Option<Duration> {
        let begun = Instant::now();
        while begun.elapsed() < AT_REST {
            if self
                .watch
                .last()
                .is_some_and(|look| look.at > begun && look.open == 0)
            {
                return Some(begun.elapsed());
            }
            thread::sleep(LOOK);
        }
        None
    }
}

fn tell(row: &Row, plan: &Plan, started: Duration, [start, before, after]: [Peak; 3]) {
    let twice = row.rows.values().filter(|count| **count > 1).count();
    println!(
        "{}, {} hosts, max_connections {}: {} sent, {} stored, {twice} twice, {} missing, at most {} connections, \
         {} refused",
        row.store,
        plan.hosts,
        plan.room,
        row.acked,
        row.rows.len(),
        row.lost,
        before.most.max(after.most),
        before.refused + after.refused,
    );
    for (what, peak) in [
        ("start", start),
        ("before the kill", before),
        ("after it", after),
    ] {
        println!(
            "  {what}: {} connections at most, {} opened, {} in a second, {} refused",
            peak.most, peak.opened, peak.opened_in_a_second, peak.refused
        );
    }
    println!("  started in {:.2} s", started.as_secs_f64());
}
