//! Rows that were refused alone: judging them and carrying out the verdict.

use behavior_trace_core::Activity;
use behavior_trace_store::delivery::StoreDriver;
use behavior_trace_store::delivery::attempt::RefusedRow;
use behavior_trace_store::delivery::batch::{Batch, Origin};
use behavior_trace_store::delivery::judgement::{Evidence, ProbeResult, RowVerdict};
use behavior_trace_store::delivery::row_buffer::RowBuffer;
use behavior_trace_store::delivery::session::SessionSerial;
use behavior_trace_store::delivery::suspects::{RowPlace, Suspect, SuspectRecord};
use behavior_trace_store::delivery::{ErrorClass, StoreError};
use behavior_trace_store::spool::WITHOUT_PAYLOAD;
use tokio::time::Instant;

use super::Delivery;
use crate::spool_manager::{SpoolManager, SpoolStorage};

/// Part of a row that is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaving {
    /// The whole row: no store takes it.
    Whole,
    /// Its payload: the row is too large with it.
    Payload,
}

/// A row that was refused alone, taken out of its batch.
pub(super) struct Alone {
    pub(super) place: RowPlace,
    pub(super) row: RowBuffer,
    pub(super) record: SuspectRecord,
    pub(super) class: ErrorClass,
    pub(super) complaint: String,
}

impl Alone {
    /// Takes a row out of its batch. Nothing is known of it except that it failed.
    pub(super) fn unjudged(batch: &mut Batch, index: usize, error: &StoreError) -> Self {
        let row: RowBuffer = batch.row(index).into_iter().collect();
        let place = match &batch.origin {
            Origin::Spool { .. } => RowPlace::Spool {
                number: batch.numbers().get(index).copied().unwrap_or_default(),
            },
            Origin::Queue { first, end, .. } => RowPlace::Memory {
                first: *first,
                end: *end,
                row: row.clone(),
                bytes: batch.split_bytes(),
            },
        };
        Self {
            place,
            row,
            record: batch.record(index),
            class: error.class(),
            complaint: error.to_string(),
        }
    }

    /// Returns the dead letter of this row: its number to remove from the spool, the row, and the reason.
    pub(super) fn written(&self, leaving: Leaving) -> (Option<i64>, Activity<'_>, String) {
        let row = self.row.get(0).unwrap_or_default();
        match (leaving, &self.place) {
            (Leaving::Whole, RowPlace::Spool { number }) => {
                (Some(*number), row, self.complaint.clone())
            }
            (Leaving::Whole, RowPlace::Memory { .. }) => (None, row, self.complaint.clone()),
            (Leaving::Payload, _) => {
                let reason = format!("{WITHOUT_PAYLOAD}: {}", self.complaint);
                (None, row, reason)
            }
        }
    }

    pub(super) fn into_suspect(self) -> Suspect {
        Suspect {
            place: self.place,
            class: self.class,
            complaint: self.complaint,
            record: self.record,
            session: None,
            blames_table: false,
            due: Instant::now(),
            with_others: false,
        }
    }
}

impl<D: StoreDriver> Delivery<D> {
    /// Judges each of these rows of the batch. Returns the number of rows with no proof against them, and the last error.
    pub(super) async fn judge_refused<S: SpoolStorage>(
        &mut self,
        batch: &mut Batch,
        refused: Vec<RefusedRow>,
        session: SessionSerial,
        spool: &mut SpoolManager<S>,
        now: Instant,
    ) -> (usize, Option<StoreError>) {
        let (mut aside, mut leaving, mut last) = (Vec::new(), Vec::new(), None);
        for RefusedRow {
            index,
            error,
            witness,
            probe,
            repeated,
        } in refused
        {
            let mut alone = Alone::unjudged(batch, index, &error);
            let evidence = Evidence {
                class: error.class(),
                probe,
                witness,
                repeated,
            };
            let history = &mut alone.record.history;
            match self.law.judge(evidence, history, now) {
                RowVerdict::DeadLetter => leaving.push((alone, Leaving::Whole)),
                RowVerdict::Shorten => leaving.push((alone, Leaving::Payload)),
                RowVerdict::BlameTable => aside.push(Suspect {
                    blames_table: true,
                    ..alone.into_suspect()
                }),
                RowVerdict::Wait => {
                    let stands_out =
                        probe == ProbeResult::Passed && (repeated || !self.law.repeats);
                    let wants_witness = match error.class() {
                        ErrorClass::Rule => true,
                        ErrorClass::Other => stands_out,
                        _ => false,
                    };
                    aside.push(Suspect {
                        session: (wants_witness && !witness).then_some(session),
                        ..alone.into_suspect()
                    });
                }
            }
            last = Some(error);
        }
        let unproven = aside.len();
        aside.extend(self.part_with(leaving, spool).await);
        self.step_aside(aside, spool, now).await;
        (unproven, last)
    }

    /// Notes that another row passed on the session that refused these rows. Each is tried once more, and is to blame if
    /// refused again.
    pub(super) fn note_witness(&mut self, session: SessionSerial, now: Instant) {
        for mut suspect in self.suspects.take_witnessed(session) {
            suspect.session = None;
            suspect.record.history.note_witness(suspect.class, now);
            if suspect.class == ErrorClass::Rule {
                suspect.due = now;
            }
            self.suspects.put(suspect);
        }
    }
}
