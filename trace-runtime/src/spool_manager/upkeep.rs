//! Upkeep of an open file: other readers, damaged files, unused disk space.

use behavior_trace_store::spool::{
    NotOpened, SalvageStep, SpoolErrorKind, SpoolFile as _, SpoolStorage,
};
use tokio::time::Instant;

use super::{ALONE, EMPTY, RETRY, SpoolManager, SpoolState};
use crate::health::{RecorderError, RecorderErrorKind};
use crate::stats::Metric;

impl<S: SpoolStorage> SpoolManager<S> {
    /// Lets other processes read the file again, if there was no room for that when it was opened.
    pub(super) async fn share(&mut self, now: Instant) {
        let is_alone = matches!(&self.state, SpoolState::Ready(spool) if spool.is_alone());
        if !is_alone || self.alone_until.is_some_and(|until| now < until) {
            return;
        }
        self.alone_until = Some(now + ALONE);
        let SpoolState::Ready(spool) = std::mem::replace(&mut self.state, SpoolState::Closed)
        else {
            return;
        };
        match spool.share().await {
            Ok(spool) => self.state = SpoolState::Ready(Box::new(spool)),
            Err(NotOpened { slot, error }) => {
                self.slot = slot;
                self.generation += 1;
                self.last = None;
                self.failed(&error).await;
            }
        }
    }

    /// Returns disk space, a little at a time, once the spool has been empty for a while.
    pub(super) async fn give_room_back(&mut self, now: Instant) {
        let is_empty = self.own_rows() == 0 && self.delivered.numbers.is_empty() && self.owed == 0;
        if !self.has_slack || !is_empty || !self.is_ready(now) || !self.tasks.is_counted() {
            self.empty_since = None;
            return;
        }
        let since = *self.empty_since.get_or_insert(now);
        let SpoolState::Ready(spool) = &mut self.state else {
            return;
        };
        if now < since + EMPTY || spool.has_salvage() || !self.tasks.is_at_rest() {
            return;
        }
        match spool.shrink().await {
            Ok(more) => self.has_slack = more,
            Err(error) => {
                self.has_slack = false;
                if error.kind() == SpoolErrorKind::Damaged {
                    self.failed(&error).await;
                }
            }
        }
    }

    /// Reads more of a damaged file; returns whether there is one.
    pub(super) async fn salvage(&mut self, now: Instant) -> bool {
        let SpoolState::Ready(spool) = &mut self.state else {
            return false;
        };
        if !self.tasks.is_counted() || !(spool.has_salvage() || self.owed > 0) {
            return false;
        }
        if self.resting.is_some_and(|until| now < until)
            || self.salvage_rests.is_some_and(|until| now < until)
        {
            return true;
        }
        let mut owed = self.owed;
        match spool.salvage().await {
            Ok(Some(step)) => {
                self.has_slack = true;
                self.count_salvaged(&step, &mut owed);
            }
            Ok(None) => self.lose(&mut owed),
            Err(error) if error.kind() == SpoolErrorKind::Damaged => {
                self.failed(&error).await;
            }
            Err(error) => {
                self.salvage_rests = Some(now + RETRY);
                self.tell_once(format!(
                    "a damaged spool file stays where it is for now: {error}"
                ));
            }
        }
        self.owed = owed;
        true
    }

    /// Counts a step of a salvage. `owed` is the number of rows in the damaged file that are counted as spooled.
    pub(super) fn count_salvaged(&mut self, step: &SalvageStep, owed: &mut u64) {
        let counters = self.shared.queue.counters();
        counters.add(Metric::Salvaged, step.rows + step.letters);
        let known = step.rows.min(*owed);
        *owed -= known;
        counters.add(Metric::Recovered, step.rows - known);
        counters.add(Metric::Spooled, step.rows - known);
        let known = step.lost.min(*owed);
        *owed -= known;
        counters.sub(Metric::Spooled, known);
        counters.add(Metric::Recovered, step.lost - known);
        counters.add(Metric::SpoolDamaged, step.lost);
        if let Some(report) = &step.report {
            self.damage = (!step.is_whole).then(|| report.clone());
            self.note_health();
            self.shared.tell(&RecorderError::new(
                RecorderErrorKind::Spool,
                report.clone(),
            ));
        }
    }

    /// Counts as damaged the rows that were counted as spooled and are in no file.
    pub(super) fn lose(&self, owed: &mut u64) {
        let counters = self.shared.queue.counters();
        counters.sub(Metric::Spooled, *owed);
        counters.add(Metric::SpoolDamaged, *owed);
        *owed = 0;
    }
}
