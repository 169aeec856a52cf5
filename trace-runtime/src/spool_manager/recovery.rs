//! Taking over the spools of dead processes, a little at a time.

use std::time::Duration;

use tokio::time::Instant;

use super::{SpoolManager, SpoolState};
use crate::health::{Fault, FaultKind};
use crate::spool::{SpoolError, SpoolFile, SpoolStorage, StaleError};
use crate::stats::Term;

/// Between two looks for what dead processes left behind.
const LOOK: Duration = Duration::from_secs(15);

/// Where the search stands.
#[derive(Debug)]
pub(super) struct Recovery<F> {
    stale: Option<Box<F>>,
    next_slot: usize,
    next_look: Option<Instant>,
}

impl<F> Default for Recovery<F> {
    fn default() -> Self {
        Self {
            stale: None,
            next_slot: 0,
            next_look: None,
        }
    }
}

impl<S: SpoolStorage> SpoolManager<S> {
    /// Moves some rows, or looks for the next spool to take over.
    pub(super) async fn recover(&mut self, now: Instant) {
        if !self.is_ready(now) || self.recovery.next_look.is_some_and(|moment| now < moment) {
            return;
        }
        let SpoolState::Ready(spool) = &mut self.state else {
            return;
        };
        let Some(stale) = &mut self.recovery.stale else {
            return self.look_for_stale(now).await;
        };
        match spool.recover(stale).await {
            Ok(None) => {
                if let Some(empty) = self.recovery.stale.take() {
                    empty.dissolve().await;
                }
            }
            Ok(Some(rows)) => {
                let tallies = self.shared.queue.tallies();
                tallies.add(Term::Recovered, rows);
                tallies.add(Term::Spooled, rows);
            }
            Err(error) => self.postpone(now, &error),
        }
    }

    async fn look_for_stale(&mut self, now: Instant) {
        let Some(storage) = &self.storage else {
            return;
        };
        match storage.open_stale(self.recovery.next_slot).await {
            Ok(Some((next, stale))) => {
                self.recovery.next_slot = next;
                self.recovery.stale = Some(Box::new(stale));
            }
            Ok(None) => {
                self.recovery.next_slot = 0;
                self.recovery.next_look = Some(now + LOOK);
            }
            Err(StaleError { next, error }) => {
                self.recovery.next_slot = next;
                self.postpone(now, &error);
            }
        }
    }

    /// What stays behind is safe where it is.
    fn postpone(&mut self, now: Instant, error: &SpoolError) {
        self.recovery = Recovery {
            next_look: Some(now + LOOK),
            next_slot: self.recovery.next_slot,
            stale: None,
        };
        self.shared.tell(&Fault::new(
            FaultKind::Spool,
            format!("the spool of a dead process is left where it is for now: {error}"),
        ));
    }
}
