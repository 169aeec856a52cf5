//! The writer's spool: opened beside the work, looked after when it is in trouble, counted.

mod adoption;
mod opening;

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use behavior_trace_core::Activity;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::health::{Fault, FaultKind, Part, Status};
use crate::shared::Shared;
use crate::spool::{Slots, Spool, SpoolError, Trouble};
use crate::stats::Term;
use adoption::Adoption;
use opening::{Found, open};

/// Between two tries of a spool that cannot be opened.
const RETRY: Duration = Duration::from_secs(5);
/// How long a full spool is left alone.
const FULL: Duration = Duration::from_secs(1);
/// How long one that another process is at is left alone.
const BUSY: Duration = Duration::from_millis(100);

/// See the module.
#[derive(Debug)]
pub(crate) struct Spooling {
    shared: Arc<Shared>,
    slots: Option<Slots>,
    state: State,
    /// Counts the files: numbers from an earlier one mean nothing in the next.
    generation: u64,
    /// Left alone until then.
    resting: Option<Instant>,
    trouble: Option<Trouble>,
    /// Something was wrong with the file while it was open, and nothing has worked since.
    suspect: bool,
    adoption: Adoption,
}

#[derive(Debug)]
enum State {
    /// Not opened yet, or to be opened again.
    Closed,
    Opening(JoinHandle<Result<Found, SpoolError>>),
    Ready(Box<Spool>),
    /// Closed for good.
    Ended,
}

/// The oldest rows, with what is needed to take them out again.
#[derive(Debug)]
pub(crate) struct Oldest {
    pub(crate) rows: Vec<Activity<'static>>,
    pub(crate) numbers: Vec<i64>,
    pub(crate) generation: u64,
}

impl Spooling {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        let config = &shared.config;
        let directory = config.spool_dir.as_deref().filter(|_| config.spools());
        Self {
            slots: directory.map(Slots::new),
            state: State::Closed,
            generation: 0,
            resting: None,
            trouble: None,
            suspect: false,
            adoption: Adoption::default(),
            shared: Arc::clone(shared),
        }
    }

    /// Opens what is closed, and takes over from the dead.
    pub(crate) async fn look_after(&mut self, now: Instant) {
        let Some(slots) = &self.slots else { return };
        if matches!(self.state, State::Closed) && !self.is_resting(now) {
            let most = self.shared.config.spool_bytes;
            let opening = tokio::task::spawn_local(open(slots.clone(), most));
            self.state = State::Opening(opening);
        }
        self.adopt(now).await;
    }

    /// Waits until the opening has ended.
    pub(crate) async fn changed(&mut self) {
        let State::Opening(opening) = &mut self.state else {
            return pending().await;
        };
        let opened = opening
            .await
            .unwrap_or_else(|_| Err(SpoolError::panicked()));
        self.state = State::Closed;
        match opened {
            Ok(found) => self.opened(found),
            Err(error) => self.failed(&error),
        }
    }

    fn opened(&mut self, found: Found) {
        self.generation += 1;
        self.resting = None;
        self.trouble = None;
        self.shared.condition.recover(Part::Spool);
        for complaint in &found.complaints {
            self.shared
                .tell(&Fault::new(FaultKind::Spool, complaint.clone()));
        }
        self.reconcile(found.rows);
        self.state = State::Ready(found.spool);
    }

    /// What is in the file is what is spooled, whatever was there before.
    fn reconcile(&self, rows: u64) {
        let tallies = self.shared.queue.tallies();
        let before = tallies.get(Term::Spooled);
        let (more, fewer) = (rows.saturating_sub(before), before.saturating_sub(rows));
        tallies.add(Term::Recovered, more);
        tallies.add(Term::Spooled, more);
        tallies.sub(Term::Spooled, fewer);
        tallies.add(Term::SpoolDamaged, fewer);
    }

    fn is_resting(&self, now: Instant) -> bool {
        self.resting.is_some_and(|until| now < until)
    }

    /// Whether it can be used now.
    pub(crate) fn is_ready(&self, now: Instant) -> bool {
        matches!(self.state, State::Ready(_)) && !self.is_resting(now)
    }

    /// Whether it could take something now or soon. A full one has room again only when the store takes from it.
    pub(crate) fn may_take(&self, now: Instant) -> bool {
        let is_full = self.trouble == Some(Trouble::Full) && self.is_resting(now);
        self.slots.is_some() && !matches!(self.state, State::Ended) && !is_full
    }

    /// Whether it is not known yet if it can be used.
    pub(crate) fn is_opening(&self) -> bool {
        let first_time = matches!(self.state, State::Closed) && self.resting.is_none();
        matches!(self.state, State::Opening(_)) || (first_time && self.slots.is_some())
    }

    /// How many rows could be taken out now.
    pub(crate) fn rows(&self, now: Instant) -> u64 {
        if self.is_ready(now) {
            self.shared.queue.tallies().get(Term::Spooled)
        } else {
            0
        }
    }

    /// Adds rows, on disk when this returns. Says whether that worked.
    pub(crate) async fn append(&mut self, rows: &[Activity<'_>]) -> bool {
        let State::Ready(spool) = &mut self.state else {
            return false;
        };
        let appended = spool.append(rows).await;
        self.worked(appended).is_some()
    }

    /// The oldest rows, of those after that number.
    pub(crate) async fn oldest(
        &mut self,
        after: Option<i64>,
        rows: usize,
        bytes: usize,
    ) -> Option<Oldest> {
        let State::Ready(spool) = &mut self.state else {
            return None;
        };
        let oldest = spool.oldest(after, rows, bytes).await;
        let piece = self.worked(oldest)?;
        let tallies = self.shared.queue.tallies();
        tallies.sub(Term::Spooled, piece.buried + piece.lost);
        tallies.add(Term::DeadLettered, piece.buried);
        tallies.add(Term::SpoolDamaged, piece.lost);
        (!piece.rows.is_empty()).then_some(Oldest {
            rows: piece.rows,
            numbers: piece.numbers,
            generation: self.generation,
        })
    }

    /// Takes out rows that are stored. If it says no, they are still there, and will be sent again.
    pub(crate) async fn remove(&mut self, generation: u64, numbers: &[i64]) -> bool {
        if generation != self.generation {
            return false;
        }
        let State::Ready(spool) = &mut self.state else {
            return false;
        };
        let removed = spool.remove(numbers).await;
        self.worked(removed).is_some()
    }

    /// Settles a dead letter; says whether it was kept, or nothing if that did not work.
    pub(crate) async fn bury(
        &mut self,
        number: Option<i64>,
        row: &Activity<'_>,
        why: &str,
    ) -> Option<bool> {
        let State::Ready(spool) = &mut self.state else {
            return None;
        };
        let buried = spool.bury(number, row, why).await;
        self.worked(buried)
    }

    /// Whether rows under this generation are still where they were.
    pub(crate) const fn is_current(&self, generation: u64) -> bool {
        self.generation == generation
    }

    pub(crate) async fn close(&mut self) {
        if let State::Ready(spool) = std::mem::replace(&mut self.state, State::Ended) {
            drop(spool.close().await);
        }
    }

    fn worked<T>(&mut self, result: Result<T, SpoolError>) -> Option<T> {
        match result {
            Ok(value) => {
                self.suspect = false;
                if self.trouble.take().is_some() {
                    self.resting = None;
                    self.shared.condition.recover(Part::Spool);
                }
                Some(value)
            }
            Err(error) => {
                self.failed(&error);
                None
            }
        }
    }

    fn failed(&mut self, error: &SpoolError) {
        let trouble = error.trouble();
        let is_open = matches!(self.state, State::Ready(_));
        let rest = match trouble {
            Trouble::Full => FULL,
            Trouble::Busy => BUSY,
            // It is opened anew at once, and checked; if it passes and fails again, that would go on for ever.
            Trouble::Damaged if is_open && !self.suspect => Duration::ZERO,
            _ => RETRY,
        };
        self.resting = Some(Instant::now() + rest);
        let keeps_file = matches!(trouble, Trouble::Full | Trouble::Busy);
        let is_news = self.trouble != Some(trouble) && !self.suspect;
        if !keeps_file && is_open {
            self.suspect = true;
            // Opened anew, it is checked, and set aside if it does not pass.
            self.state = State::Closed;
            self.generation += 1;
        }
        if trouble == Trouble::Busy {
            return;
        }
        let cause = match trouble {
            Trouble::Full => format!("the spool is full, events wait in memory: {error}"),
            _ => format!("the spool cannot be used, events wait in memory: {error}"),
        };
        self.shared
            .condition
            .worsen(Part::Spool, Status::Red, &*cause);
        self.trouble = Some(trouble);
        if is_news {
            self.shared.tell(&Fault::new(FaultKind::Spool, cause));
        }
    }
}
