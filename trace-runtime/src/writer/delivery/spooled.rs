//! Reading rows back from the spool, oldest first, each once.

use std::collections::{HashMap, HashSet};

use behavior_trace_store::delivery::StoreDriver;
use behavior_trace_store::delivery::batch::{Batch, Origin, SendMode};
use behavior_trace_store::delivery::row_buffer::RowBuffer;
use behavior_trace_store::delivery::suspects::{RowPlace, Suspect, SuspectRecord};
use tokio::time::Instant;

use super::Delivery;
use crate::spool_manager::{SpoolManager, SpoolStorage, SpooledRows};
use crate::writer::backlog::{MAX_BYTES, MAX_ROWS};

/// Returns whether the batch is from a spool file that is no longer current. Its rows are read again from the new file.
pub(super) fn is_outdated<S: SpoolStorage>(batch: &Batch, spool: &SpoolManager<S>) -> bool {
    matches!(batch.origin, Origin::Spool { generation, .. } if generation != spool.generation())
}

/// Maximum number of pages read for one batch, when the rows read are known already.
const MAX_PAGES: usize = 8;
/// Minimum number of rows read at once. The attempt limits how many of them are sent.
const LEAST_PAGE: usize = 250;

/// Position up to which the spool was read. Rows before it are in a batch or set aside.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SpoolCursor {
    after: Option<i64>,
    generation: u64,
}

impl SpoolCursor {
    /// Starts anew if the spool has another file.
    pub(super) const fn keep_generation(&mut self, generation: u64) {
        if generation != self.generation {
            self.generation = generation;
            self.after = None;
        }
    }

    /// Moves the cursor back, so that this row is read again.
    pub(super) fn reread(&mut self, number: i64) {
        self.after = self.after.map(|after| after.min(number - 1));
    }
}

impl<D: StoreDriver> Delivery<D> {
    /// Returns whether the spool has rows that are neither in a batch nor set aside.
    pub(in crate::writer) fn has_spooled<S: SpoolStorage>(
        &self,
        spool: &SpoolManager<S>,
        now: Instant,
    ) -> bool {
        self.spooled(spool, now) > 0
    }

    /// Returns the number of those rows.
    pub(super) fn spooled<S: SpoolStorage>(&self, spool: &SpoolManager<S>, now: Instant) -> u64 {
        let out: u64 = self
            .batches()
            .map(|batch| batch.numbers().len() as u64)
            .sum();
        let aside = out + self.suspects.spooled();
        spool.rows(now).saturating_sub(aside)
    }

    /// Returns whether the spool has such rows, and the store may be tried now.
    pub(in crate::writer) fn may_send_spooled<S: SpoolStorage>(
        &self,
        spool: &SpoolManager<S>,
        now: Instant,
    ) -> bool {
        self.availability.may_try(now) && self.has_spooled(spool, now)
    }

    /// Returns all batches, including those in attempts.
    pub(super) fn batches(&self) -> impl Iterator<Item = &Batch> {
        let under_way = self.slots.iter().filter_map(|slot| slot.batch());
        self.waiting.iter().chain(under_way)
    }

    pub(super) fn has_trial(&self) -> bool {
        self.batches().any(Batch::is_trial)
    }

    /// Returns the oldest rows of the spool that are neither in a batch nor set aside, at most `most`.
    pub(super) async fn next_spooled<S: SpoolStorage>(
        &mut self,
        spool: &mut SpoolManager<S>,
        most: usize,
    ) -> Option<Batch> {
        let on_their_way = self.on_their_way();
        for _ in 0..MAX_PAGES {
            // Row by row, a slow disk would be awaited for each known row.
            let rows = most.clamp(LEAST_PAGE, MAX_ROWS);
            let page = spool.oldest(self.cursor.after, rows, MAX_BYTES).await;
            let Some(page) = page else {
                // Rows before the cursor may have come back; the next read begins at the front.
                self.cursor.after = None;
                return None;
            };
            self.cursor.after = page.numbers.last().copied().or(self.cursor.after);
            if let Some(batch) = self.batch_of(page, &on_their_way) {
                return Some(batch);
            }
        }
        None
    }

    /// Returns the newest rows of the spool that are neither in a batch nor set aside, at most `most`.
    pub(super) async fn newest_spooled<S: SpoolStorage>(
        &mut self,
        spool: &mut SpoolManager<S>,
        most: usize,
    ) -> Option<Batch> {
        let page = spool.newest(most.min(MAX_ROWS)).await?;
        self.batch_of(page, &self.on_their_way())
    }

    fn on_their_way(&self) -> HashSet<i64> {
        let numbers = self.batches().flat_map(Batch::numbers);
        numbers.copied().collect()
    }

    /// Returns a batch of those rows that are neither in a batch nor set aside.
    fn batch_of(&self, page: SpooledRows, on_their_way: &HashSet<i64>) -> Option<Batch> {
        let is_new =
            |number: &i64| !on_their_way.contains(number) && !self.suspects.has_spooled(*number);
        let (numbers, rows): (Vec<i64>, Vec<_>) = page
            .numbers
            .into_iter()
            .zip(page.rows)
            .filter(|(number, _)| is_new(number))
            .unzip();
        if numbers.is_empty() {
            return None;
        }
        let generation = page.generation;
        let origin = Origin::Spool {
            numbers,
            generation,
        };
        Some(Batch::new(rows.into_iter().collect(), origin))
    }

    /// Returns rows that were refused before and are due again. One such batch at a time, so that other rows do not wait
    /// for it.
    pub(super) async fn next_trial<S: SpoolStorage>(
        &mut self,
        spool: &mut SpoolManager<S>,
        now: Instant,
    ) -> Option<Batch> {
        if self.has_trial() {
            return None;
        }
        let due = self.suspects.take_due(now);
        self.trial_of(due, spool).await
    }

    /// Returns a batch of these rows, read from the spool first if they are there.
    pub(super) async fn trial_of<S: SpoolStorage>(
        &mut self,
        suspects: Vec<Suspect>,
        spool: &mut SpoolManager<S>,
    ) -> Option<Batch> {
        let first = suspects.first()?;
        let mode = if first.is_sifted() {
            SendMode::Sift
        } else {
            SendMode::Insert
        };
        if first.number().is_some() {
            return self.spooled_trial(suspects, mode, spool).await;
        }
        let (mut rows, mut held) = (RowBuffer::default(), 0);
        let (mut lowest, mut highest) = (u64::MAX, 0);
        let mut records = Vec::with_capacity(suspects.len());
        for suspect in suspects {
            if let Some(row) = suspect.row() {
                rows.push(&row);
            }
            records.push(suspect.record);
            if let RowPlace::Memory {
                first, end, bytes, ..
            } = suspect.place
            {
                (lowest, highest) = (lowest.min(first), highest.max(end));
                held += bytes;
            }
        }
        let origin = Origin::Queue {
            first: lowest,
            end: highest,
            bytes: held,
        };
        Some(Batch::trial(rows, origin, records, mode))
    }

    async fn spooled_trial<S: SpoolStorage>(
        &mut self,
        suspects: Vec<Suspect>,
        mode: SendMode,
        spool: &mut SpoolManager<S>,
    ) -> Option<Batch> {
        let numbers: Vec<i64> = suspects.iter().filter_map(Suspect::number).collect();
        let Some(SpooledRows {
            rows,
            numbers,
            generation,
        }) = spool.read(&numbers).await
        else {
            for suspect in suspects {
                self.suspects.put(suspect);
            }
            return None;
        };
        let records = records_of(&numbers, &suspects);
        let origin = Origin::Spool {
            numbers,
            generation,
        };
        Some(Batch::trial(
            rows.into_iter().collect(),
            origin,
            records,
            mode,
        ))
    }
}

/// Returns the record of each row in the order of the file, which differs from the order in which rows were set aside.
fn records_of(numbers: &[i64], suspects: &[Suspect]) -> Vec<SuspectRecord> {
    let known: HashMap<i64, SuspectRecord> = suspects
        .iter()
        .filter_map(|suspect| Some((suspect.number()?, suspect.record)))
        .collect();
    numbers
        .iter()
        .map(|number| known.get(number).copied().unwrap_or_default())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use behavior_trace_store::delivery::ErrorClass;

    fn suspect(number: i64, shortened: bool) -> Suspect {
        let mut record = SuspectRecord::default();
        record.history.shortened = shortened;
        Suspect {
            place: RowPlace::Spool { number },
            class: ErrorClass::TooBig,
            complaint: String::new(),
            record,
            session: None,
            blames_table: false,
            due: Instant::now(),
            with_others: true,
        }
    }

    #[test]
    fn what_is_known_of_a_row_stays_with_it_though_rows_are_read_in_another_order() {
        let suspects = [suspect(9, true), suspect(2, false), suspect(5, true)];
        let records = records_of(&[2, 5, 9], &suspects);
        let shortened: Vec<_> = records.iter().map(|it| it.history.shortened).collect();
        assert_eq!(shortened, [false, true, true]);
        // The record of a row that is gone is dropped.
        let records = records_of(&[5], &suspects);
        assert_eq!(records.len(), 1);
        assert!(records[0].history.shortened);
    }
}
