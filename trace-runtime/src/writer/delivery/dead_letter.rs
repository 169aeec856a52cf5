//! Dead-lettering rows that no store takes, and removing payloads that are too large.

use behavior_trace_core::Activity;
use behavior_trace_store::delivery::StoreDriver;
use behavior_trace_store::delivery::batch::{Batch, Origin, SendMode};
use behavior_trace_store::delivery::row_buffer::RowBuffer;
use behavior_trace_store::delivery::suspects::{RowPlace, Suspect};
use behavior_trace_store::spool::Letter;

use super::Delivery;
use super::refused::{Alone, Leaving};
use crate::health::{RecorderError, RecorderErrorKind};
use crate::spool_manager::{DeadLettering, SpoolManager, SpoolStorage};
use crate::stats::Metric;

impl<D: StoreDriver> Delivery<D> {
    /// Dead-letters rows that no store takes, and removes payloads that are too large, all in one write. Returns the rows
    /// that have to wait.
    pub(super) async fn part_with<S: SpoolStorage>(
        &mut self,
        leaving: Vec<(Alone, Leaving)>,
        spool: &mut SpoolManager<S>,
    ) -> Vec<Suspect> {
        let written: Vec<_> = leaving
            .iter()
            .map(|(alone, leaving)| alone.written(*leaving))
            .collect();
        let letters: Vec<_> = written
            .iter()
            .map(|(number, row, reason)| Letter {
                number: *number,
                row,
                reason,
            })
            .collect();
        let kept = spool.dead_letter(&letters).await;
        let (mut waiting, mut shortened) = (Vec::new(), Vec::new());
        for ((alone, leaving), kept) in leaving.into_iter().zip(kept) {
            match (kept, leaving) {
                (DeadLettering::NotNow, _) => waiting.push(alone.into_suspect()),
                (kept, Leaving::Whole) => self.dead_lettered(&alone, kept),
                (kept, Leaving::Payload) => shortened.push((alone, kept)),
            }
        }
        waiting.extend(self.shorten(shortened, spool).await);
        waiting
    }

    /// Counts and reports a row that was dead-lettered or lost.
    fn dead_lettered(&self, alone: &Alone, kept: DeadLettering) {
        let Some(row) = alone.row.get(0) else {
            return;
        };
        let (to, place) = match kept {
            DeadLettering::Kept => (Metric::DeadLettered, "kept as a dead letter"),
            _ => (Metric::Poison, "lost"),
        };
        let from = match alone.place {
            RowPlace::Spool { .. } => Metric::Spooled,
            RowPlace::Memory { bytes, .. } => {
                self.shared.queue.release(bytes);
                Metric::InHand
            }
        };
        self.uncount(from, 1);
        self.count(to, 1);
        let message = format!(
            "the database refused the event {} ({} {}), {place}: {}",
            row.event_id, row.action, row.resource, alone.complaint
        );
        self.shared
            .tell(&RecorderError::new(RecorderErrorKind::DeadLetter, message));
    }

    /// Removes the payloads of rows that are too large for the server. The whole rows are dead letters by now. Returns the
    /// rows that have to wait.
    async fn shorten<S: SpoolStorage>(
        &mut self,
        rows: Vec<(Alone, DeadLettering)>,
        spool: &mut SpoolManager<S>,
    ) -> Vec<Suspect> {
        let spooled: Vec<(i64, Activity<'static>)> = rows
            .iter()
            .filter_map(|(alone, _)| match alone.place {
                RowPlace::Spool { number } => Some((number, without_payload(alone.row.get(0)?))),
                RowPlace::Memory { .. } => None,
            })
            .collect();
        let replaced = spooled.is_empty() || spool.replace(&spooled).await.is_ok();
        let mut waiting = Vec::new();
        for (mut alone, kept) in rows {
            if !replaced && matches!(alone.place, RowPlace::Spool { .. }) {
                waiting.push(alone.into_suspect());
                continue;
            }
            let Some(row) = alone.row.get(0) else {
                continue;
            };
            let place = match kept {
                DeadLettering::Kept => "the whole row is kept as a dead letter",
                _ => "the payload is lost",
            };
            let message = format!(
                "the event {} ({} {}) is too large for the database and stored without its payload, {place}: {}",
                row.event_id, row.action, row.resource, alone.complaint
            );
            let short: RowBuffer = std::iter::once(without_payload(row)).collect();
            self.count(Metric::Truncated, 1);
            self.shared
                .tell(&RecorderError::new(RecorderErrorKind::DeadLetter, message));
            alone.record.history.shortened = true;
            let origin = match alone.place {
                RowPlace::Spool { number } => Origin::Spool {
                    numbers: vec![number],
                    generation: spool.generation(),
                },
                RowPlace::Memory {
                    first, end, bytes, ..
                } => Origin::Queue { first, end, bytes },
            };
            let batch = Batch::trial(short, origin, [alone.record], SendMode::Insert);
            self.waiting.push_front(batch);
        }
        waiting
    }
}

/// Returns the row with a truncation marker in place of its payload.
fn without_payload(mut row: Activity<'_>) -> Activity<'static> {
    let bytes = row.payload.len();
    row.payload = format!(r#"{{"truncated":true,"bytes":{bytes}}}"#).into();
    row.into_owned()
}
