//! Notes how old the oldest events are that the writer holds.

use std::time::Duration;

use tokio::time::Instant;

use super::{StoreDriver, Writer};
use crate::spool_manager::SpoolStorage;
use crate::stats::Metric;

/// Interval of the notes. Reading the front of the spool takes a query.
const NOTED: Duration = Duration::from_secs(1);

impl<D: StoreDriver, S: SpoolStorage> Writer<D, S> {
    /// Notes the oldest events in memory and in the spool.
    pub(super) async fn note_ages(&mut self, now: Instant) {
        if self.ages_due.is_some_and(|due| now < due) {
            return;
        }
        self.ages_due = Some(now + NOTED);
        let in_memory = [
            self.delivery.oldest_in_memory(),
            self.intake.backlog().oldest(),
        ];
        let in_memory = in_memory.into_iter().flatten().min();
        self.shared.oldest_in_memory.note(in_memory);
        if self.shared.queue.counters().get(Metric::Spooled) == 0 {
            self.shared.oldest_spooled.note(None);
        } else if let Some(oldest) = self.spool.front(now).await {
            self.shared.oldest_spooled.note(Some(oldest));
        }
    }
}
