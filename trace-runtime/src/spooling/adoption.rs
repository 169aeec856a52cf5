//! Taking over the spools of dead processes, a little at a time.

use std::time::Duration;

use tokio::time::Instant;

use super::{Spooling, State};
use crate::health::{Fault, FaultKind};
use crate::spool::{Spool, SpoolError};
use crate::stats::Term;

/// Between two looks for what dead processes left behind.
const LOOK: Duration = Duration::from_secs(15);

/// Where the search stands.
#[derive(Debug, Default)]
pub(super) struct Adoption {
    stale: Option<Box<Spool>>,
    next_slot: usize,
    next_look: Option<Instant>,
}

impl Spooling {
    /// Moves some rows, or looks for the next spool to take over.
    pub(super) async fn adopt(&mut self, now: Instant) {
        if !self.is_ready(now) || self.adoption.next_look.is_some_and(|moment| now < moment) {
            return;
        }
        let State::Ready(spool) = &mut self.state else {
            return;
        };
        let Some(stale) = &mut self.adoption.stale else {
            return self.look_for_stale(now).await;
        };
        match spool.adopt(stale).await {
            Ok(None) => {
                if let Some(empty) = self.adoption.stale.take() {
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
        let Some(slots) = &self.slots else { return };
        let most = self.shared.config.spool_bytes;
        match slots.stale(self.adoption.next_slot) {
            Ok(Some(slot)) => {
                self.adoption.next_slot = slot.number() + 1;
                match Spool::open(slot, most).await {
                    Ok((stale, ..)) => self.adoption.stale = Some(Box::new(stale)),
                    Err((_, error)) => self.postpone(now, &error),
                }
            }
            Ok(None) => {
                self.adoption.next_slot = 0;
                self.adoption.next_look = Some(now + LOOK);
            }
            Err(error) => self.postpone(now, &error.into()),
        }
    }

    /// What stays behind is safe where it is.
    fn postpone(&mut self, now: Instant, error: &SpoolError) {
        self.adoption = Adoption {
            next_look: Some(now + LOOK),
            next_slot: self.adoption.next_slot,
            stale: None,
        };
        self.shared.tell(&Fault::new(
            FaultKind::Spool,
            format!("the spool of a dead process is left where it is for now: {error}"),
        ));
    }
}
