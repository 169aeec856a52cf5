//! Ten followers, and the comparison of what they gave with the table.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use behavior_trace::config::DatabaseUrl;
use behavior_trace::query::{Follow, Reader};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;
use uuid::Uuid;

use super::Extent;
use crate::faults::report::Row;

const FOLLOWERS: usize = 10;
/// Followers with a filter.
const FILTERED: usize = 2;
/// Time without a row after which a follower looks whether it is done.
const QUIET: Duration = Duration::from_millis(100);
/// Time limit for the last rows after all writers have stopped.
const PATIENCE: Duration = Duration::from_mins(2);

/// A row of the table.
pub(super) struct Stored {
    pub(super) id: u64,
    pub(super) event: Uuid,
    pub(super) resource: String,
}

/// A row that a follower gave: its id and its event.
type Seen = (u64, Uuid);

pub(super) struct Followers {
    running: JoinSet<Given>,
    /// The last id of the table, once all writers have stopped.
    end: watch::Sender<Option<u64>>,
}

/// Rows that a follower gave.
struct Given {
    /// The resource type of its filter.
    resource: Option<&'static str>,
    rows: Vec<Seen>,
    gaps_given_up: u64,
    passed_over: u64,
    /// Why it ended before it had seen everything.
    failure: Option<String>,
}

impl Followers {
    /// Starts half of the followers from one reader, and the others from readers of their own.
    pub(super) fn start(url: &str, extent: &Extent) -> Self {
        let url: DatabaseUrl = url.parse().expect("a good URL");
        let shared = Reader::new(&url);
        let (end, ends) = watch::channel(None);
        let mut running = JoinSet::new();
        for number in 0..FOLLOWERS {
            let follow = match number % 2 {
                0 => shared.follow(),
                _ => Reader::new(&url).follow(),
            };
            let follow = follow
                .after_id(0)
                .settle_delay(extent.settle_delay)
                .poll_interval(extent.poll_interval);
            let resource = (number < FILTERED).then_some("Order");
            running.spawn(given(follow, resource, ends.clone()));
        }
        Self { running, end }
    }

    /// Waits until each follower has seen everything up to the last row, and compares.
    pub(super) async fn stop(self, table: &[Stored]) -> Comparison {
        let begun = Instant::now();
        let last = table.iter().map(|stored| stored.id).max();
        self.end.send_replace(last);
        let given = self.running.join_all().await;
        let mut comparison = Comparison::new(table.len(), begun.elapsed());
        for given in given {
            comparison.add(table, given);
        }
        comparison
    }
}

async fn given(
    mut follow: Follow,
    resource: Option<&'static str>,
    mut ends: watch::Receiver<Option<u64>>,
) -> Given {
    if let Some(resource) = resource {
        follow = follow.resource_type(resource);
    }
    let mut rows = Vec::new();
    let mut begun = None;
    let failure = loop {
        match timeout(QUIET, follow.next()).await {
            Ok(Ok(row)) => rows.push((row.id, row.activity.event_id)),
            Ok(Err(error)) => break Some(error.to_string()),
            Err(_) => {
                let Some(end) = *ends.borrow_and_update() else {
                    continue;
                };
                if follow.position().settled_id() >= Some(end) {
                    break None;
                }
                let begun: &mut Instant = begun.get_or_insert_with(Instant::now);
                if begun.elapsed() > PATIENCE {
                    break Some(format!(
                        "it stopped at {:?} of {end}",
                        follow.position().settled_id()
                    ));
                }
            }
        }
    };
    Given {
        resource,
        rows,
        gaps_given_up: follow.gaps_given_up(),
        passed_over: follow.passed_over(),
        failure,
    }
}

/// Sums over all followers.
pub(super) struct Comparison {
    /// Rows in the table.
    pub(super) rows: usize,
    missed: usize,
    twice: usize,
    /// Rows that were given, and whose commit the killed server had not written.
    taken_back: usize,
    /// Events among these that were stored again, with another id.
    stored_again: usize,
    gaps_given_up: u64,
    passed_over: u64,
    failures: Vec<String>,
    /// Time from the last commit until all followers had seen everything.
    settled: Duration,
}

impl Comparison {
    fn new(rows: usize, settled: Duration) -> Self {
        Self {
            rows,
            missed: 0,
            twice: 0,
            taken_back: 0,
            stored_again: 0,
            gaps_given_up: 0,
            passed_over: 0,
            failures: Vec::new(),
            settled,
        }
    }

    fn add(&mut self, table: &[Stored], given: Given) {
        let admitted = |row: &&Stored| given.resource.is_none_or(|name| name == row.resource);
        let there = table.iter().filter(admitted);
        let there: HashSet<Seen> = there.map(|row| (row.id, row.event)).collect();
        let mut times: HashMap<Seen, usize> = HashMap::new();
        for seen in &given.rows {
            *times.entry(*seen).or_default() += 1;
        }
        let events: HashSet<Uuid> = times.keys().map(|(_, event)| *event).collect();
        self.missed += there
            .iter()
            .filter(|seen| !times.contains_key(*seen))
            .count();
        self.twice += times.values().map(|times| times - 1).sum::<usize>();
        self.taken_back += times.keys().filter(|seen| !there.contains(*seen)).count();
        self.stored_again += times.len() - events.len();
        self.gaps_given_up += given.gaps_given_up;
        self.passed_over += given.passed_over;
        self.failures.extend(given.failure);
    }

    pub(super) fn report(&self) -> Value {
        json!({
            "followers": FOLLOWERS, "rows": self.rows, "missed": self.missed, "twice": self.twice,
            "taken_back": self.taken_back, "stored_again": self.stored_again,
            "settled_ms": self.settled.as_millis(),
        })
    }

    /// Promises that no row was missed or given twice.
    pub(super) fn check(&self, row: &mut Row, rows: usize) {
        row.promise(self.rows >= rows, || format!("only {} rows", self.rows));
        row.promise((self.missed, self.twice) == (0, 0), || {
            format!("{} missed, {} given twice", self.missed, self.twice)
        });
        row.promise((self.gaps_given_up, self.passed_over) == (0, 0), || {
            format!(
                "{} given up, {} passed over",
                self.gaps_given_up, self.passed_over
            )
        });
        row.promise(self.failures.is_empty(), || self.failures.join("; "));
    }
}
