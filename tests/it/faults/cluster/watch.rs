//! A client of one node, which tries to write all the while and looks for the recorder's next row.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, MySqlConnection, Row as _, raw_sql};
use tokio::time::timeout;

/// Time between two tries.
const BETWEEN: Duration = Duration::from_millis(10);
/// Time limit of a call, after which the session is given up.
const CALL: Duration = Duration::from_secs(30);
const DEADLINE: Duration = Duration::from_mins(2);

/// A newest id, and the time when it was first seen.
type Seen = Arc<Mutex<Vec<(i64, Instant)>>>;

/// The client, in threads of its own: one writes, and one reads, since a node may let a write wait and answer a read.
pub(super) struct Watch {
    stop: Arc<AtomicBool>,
    writes: Arc<Mutex<Vec<Instant>>>,
    ids: Seen,
    threads: Vec<JoinHandle<()>>,
}

impl Watch {
    /// Begins on a node that answers.
    pub(super) fn over(node: usize, url: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (writes, ids) = (Arc::<Mutex<Vec<Instant>>>::default(), Seen::default());
        let writing = {
            let (writes, mut number) = (Arc::clone(&writes), 0_u64);
            each(url, &stop, move || {
                number += 1;
                let text = format!("REPLACE INTO watched VALUES ({node}, {number})");
                let writes = Arc::clone(&writes);
                (text, move |_| {
                    writes.lock().expect("no panic").push(Instant::now());
                })
            })
        };
        let reading = {
            let ids = Arc::clone(&ids);
            each(url, &stop, move || {
                let text = "SELECT COALESCE(MAX(id), 0) FROM operational_activity".to_owned();
                let ids = Arc::clone(&ids);
                (text, move |id: Option<i64>| {
                    let (id, mut ids) = (id.unwrap_or_default(), ids.lock().expect("no panic"));
                    if ids.last().is_none_or(|(last, _)| id > *last) {
                        ids.push((id, Instant::now()));
                    }
                })
            })
        };
        Self {
            stop,
            writes,
            ids,
            threads: vec![writing, reading],
        }
    }

    fn first_write(&self, after: Instant) -> Option<Instant> {
        let writes = self.writes.lock().expect("no panic");
        writes.iter().find(|at| **at > after).copied()
    }

    fn first_row(&self, after: Instant) -> Option<Instant> {
        let ids = self.ids.lock().expect("no panic");
        ids.iter().find(|(_, at)| *at > after).map(|(_, at)| *at)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            thread.join().expect("no panic");
        }
    }
}

/// Waits for a write and for a further row on any of the nodes, and returns the times from `begun` until then. Rows seen by now
/// are not further ones, and neither is a write that was taken by now.
pub(super) fn until_both(watches: &[Watch], begun: Instant) -> (Duration, Duration) {
    let now = Instant::now();
    let write = || watches.iter().filter_map(|it| it.first_write(now)).min();
    let row = || watches.iter().filter_map(|it| it.first_row(now)).min();
    while (write().is_none() || row().is_none()) && begun.elapsed() < DEADLINE {
        thread::sleep(BETWEEN);
    }
    let since = |at: Option<Instant>| at.map_or(DEADLINE, |at| at - begun);
    (since(write()), since(row()))
}

/// Runs statements one after the other, on a session that is opened again when it is lost, until it is stopped.
fn each<F, D>(url: &str, stop: &Arc<AtomicBool>, mut next: F) -> JoinHandle<()>
where
    F: FnMut() -> (String, D) + Send + 'static,
    D: FnOnce(Option<i64>),
{
    let (url, stop) = (url.to_owned(), Arc::clone(stop));
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let mut session = None;
            while !stop.load(Ordering::Relaxed) {
                if session.is_none() {
                    let opened = timeout(CALL, MySqlConnection::connect(&url)).await;
                    session = opened.ok().and_then(Result::ok);
                }
                let (text, done) = next();
                let Some(open) = &mut session else { continue };
                let answer = open.fetch_optional(raw_sql(AssertSqlSafe(text)));
                match timeout(CALL, answer).await {
                    Ok(Ok(row)) => done(row.and_then(|row| row.try_get_unchecked(0).ok())),
                    Ok(Err(sqlx::Error::Database(_))) => {}
                    _ => session = None,
                }
                tokio::time::sleep(BETWEEN).await;
            }
        });
    })
}
