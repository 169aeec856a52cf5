//! Rows that were refused alone: what the law says of each is done here.

use std::time::Duration;

use behavior_trace_core::Activity;
use tokio::time::Instant;

use super::Delivery;
use crate::health::{Fault, FaultKind, Part, Status};
use crate::spool::Letter;
use crate::spool_manager::{DeadLettering, SpoolManager, SpoolStorage};
use crate::stats::Term;
use crate::store::{ErrorClass, StoreError};
use crate::writer::attempt::Refused;
use crate::writer::batch::{Batch, Mode, Origin};
use crate::writer::connection_slot::SessionSerial;
use crate::writer::judgement::{Evidence, ProbeResult, Verdict};
use crate::writer::row_buffer::RowBuffer;
use crate::writer::store_driver::StoreDriver;
use crate::writer::suspects::{Place, Record, Suspect};

/// A row that was refused alone, taken out of its batch.
pub(super) struct Alone {
    place: Place,
    row: RowBuffer,
    record: Record,
    class: ErrorClass,
    complaint: String,
}

impl Alone {
    /// Of which nothing is known but that it failed.
    pub(super) fn unjudged(batch: &mut Batch, index: usize, error: &StoreError) -> Self {
        let row: RowBuffer = batch.row(index).into_iter().collect();
        let place = match &batch.origin {
            Origin::Spool { .. } => Place::Spool {
                number: batch.numbers().get(index).copied().unwrap_or_default(),
            },
            Origin::Queue { first, .. } => Place::Memory {
                first: *first,
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

    /// As it is written down as a dead letter: the number it leaves the spool from, the row, and the reason.
    fn written(&self, leaving: Leaving) -> (Option<i64>, Activity<'_>, String) {
        let row = self.row.get(0).unwrap_or_default();
        match (leaving, &self.place) {
            (Leaving::Whole, Place::Spool { number }) => {
                (Some(*number), row, self.complaint.clone())
            }
            (Leaving::Whole, Place::Memory { .. }) => (None, row, self.complaint.clone()),
            (Leaving::Payload, _) => {
                let reason = format!(
                    "stored without its payload, the whole row is here: {}",
                    self.complaint
                );
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

/// What is parted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaving {
    /// The row: no store takes it.
    Whole,
    /// Its payload: the row is too large with it.
    Payload,
}

impl<D: StoreDriver> Delivery<D> {
    /// Judges each of these rows of the batch. Returns against how many nothing is proven, and an error of theirs.
    pub(super) async fn judge_refused<S: SpoolStorage>(
        &mut self,
        batch: &mut Batch,
        refused: Vec<Refused>,
        session: SessionSerial,
        spool: &mut SpoolManager<S>,
        now: Instant,
    ) -> (usize, Option<StoreError>) {
        let (mut aside, mut leaving, mut last) = (Vec::new(), Vec::new(), None);
        for Refused {
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
                Verdict::DeadLetter => leaving.push((alone, Leaving::Whole)),
                Verdict::Shorten => leaving.push((alone, Leaving::Payload)),
                Verdict::BlameTable => aside.push(Suspect {
                    blames_table: true,
                    ..alone.into_suspect()
                }),
                Verdict::Wait => {
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

    /// Another row has passed on the session that refused these: each is tried once more, and is to blame if it is refused
    /// again.
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

    /// Parts with rows that no store takes, or with their payloads, all in one write. Returns those that have to wait.
    async fn part_with<S: SpoolStorage>(
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

    /// The row is a dead letter, or lost.
    fn dead_lettered(&self, alone: &Alone, kept: DeadLettering) {
        let Some(row) = alone.row.get(0) else {
            return;
        };
        let (to, place) = match kept {
            DeadLettering::Kept => (Term::DeadLettered, "kept as a dead letter"),
            _ => (Term::Poison, "lost"),
        };
        let from = match alone.place {
            Place::Spool { .. } => Term::Spooled,
            Place::Memory { bytes, .. } => {
                self.shared.queue.release(bytes);
                Term::InHand
            }
        };
        self.uncount(from, 1);
        self.count(to, 1);
        let message = format!(
            "the database refused the event {} ({} {}), {place}: {}",
            row.event_id, row.action, row.resource, alone.complaint
        );
        self.shared
            .tell(&Fault::new(FaultKind::DeadLetter, message));
    }

    /// Takes the payloads out of rows that are too large for the server; the whole rows are letters by now. Returns those
    /// that have to wait.
    async fn shorten<S: SpoolStorage>(
        &mut self,
        rows: Vec<(Alone, DeadLettering)>,
        spool: &mut SpoolManager<S>,
    ) -> Vec<Suspect> {
        let spooled: Vec<(i64, Activity<'static>)> = rows
            .iter()
            .filter_map(|(alone, _)| match alone.place {
                Place::Spool { number } => Some((number, without_payload(alone.row.get(0)?))),
                Place::Memory { .. } => None,
            })
            .collect();
        let replaced = spooled.is_empty() || spool.replace(&spooled).await;
        let mut waiting = Vec::new();
        for (mut alone, kept) in rows {
            if !replaced && matches!(alone.place, Place::Spool { .. }) {
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
            self.count(Term::Truncated, 1);
            self.shared
                .tell(&Fault::new(FaultKind::DeadLetter, message));
            alone.record.history.shortened = true;
            let origin = match alone.place {
                Place::Spool { number } => Origin::Spool {
                    numbers: vec![number],
                    generation: spool.generation(),
                },
                Place::Memory { first, bytes, .. } => Origin::Queue { first, bytes },
            };
            let batch = Batch::trial(short, origin, [alone.record], Mode::Insert);
            self.waiting.push_front(batch);
        }
        waiting
    }

    /// Puts rows aside, where they hold up nobody; into the spool, if it takes them.
    async fn step_aside<S: SpoolStorage>(
        &mut self,
        aside: Vec<Suspect>,
        spool: &mut SpoolManager<S>,
        now: Instant,
    ) {
        let mut aside = aside;
        if !self.law.steps_aside {
            aside
                .drain(..)
                .for_each(|suspect| self.stay_in_front(&suspect, now));
        }
        self.spool_suspects(&mut aside, spool).await;
        for suspect in aside {
            if self.suspects.is_full() && suspect.number().is_some() {
                // It is read again with the others. So many are refused for no fault of theirs.
                if let Some(number) = suspect.number() {
                    self.cursor.reread(number);
                }
                continue;
            }
            let chance = self.dice.roll();
            self.suspects.add(suspect, now, chance);
        }
    }

    /// Moves those in memory to the spool, if it takes them.
    pub(in crate::writer) async fn spool_suspects<S: SpoolStorage>(
        &mut self,
        aside: &mut [Suspect],
        spool: &mut SpoolManager<S>,
    ) -> bool {
        let mut moving: Vec<&mut Suspect> = aside
            .iter_mut()
            .filter(|suspect| suspect.number().is_none())
            .collect();
        if moving.is_empty() {
            return true;
        }
        let rows: Vec<Activity<'static>> = moving
            .iter()
            .filter_map(|suspect| suspect.row().map(Activity::into_owned))
            .collect();
        let Some(last) = spool.append(&rows).await else {
            return false;
        };
        let first = last - i64::try_from(rows.len()).unwrap_or(0) + 1;
        for (number, suspect) in (first..).zip(&mut moving) {
            let place = std::mem::replace(&mut suspect.place, Place::Spool { number });
            if let Place::Memory { bytes, .. } = place {
                self.shared.queue.release(bytes);
            }
        }
        let count = rows.len() as u64;
        self.uncount(Term::InHand, count);
        self.count(Term::Spooled, count);
        true
    }

    /// Moves those in memory to the spool; returns whether none is left there.
    pub(in crate::writer) async fn spool_all_suspects<S: SpoolStorage>(
        &mut self,
        spool: &mut SpoolManager<S>,
    ) -> bool {
        let mut aside = self.suspects.take_in_memory(usize::MAX);
        if aside.is_empty() {
            return true;
        }
        let done = self.spool_suspects(&mut aside, spool).await;
        for suspect in aside {
            self.suspects.put(suspect);
        }
        done
    }

    /// A batch of rows that were refused before goes back to where it came from.
    pub(super) fn return_trial(&mut self, mut batch: Batch) {
        let error = StoreError::new(ErrorClass::Unavailable, "the database is unavailable");
        while batch.remaining() > 0 {
            let mut suspect = Alone::unjudged(&mut batch, 0, &error).into_suspect();
            suspect.with_others = true;
            batch.settle(1);
            self.suspects.put(suspect);
        }
    }

    /// As it was before rows stepped aside, for the test that shows why they do.
    fn stay_in_front(&mut self, suspect: &Suspect, now: Instant) {
        let rows: RowBuffer = suspect.row().into_iter().collect();
        match suspect.place {
            Place::Memory { first, bytes, .. } => {
                let mut batch = Batch::new(rows, Origin::Queue { first, bytes });
                batch.wait_until(now + Duration::from_millis(100));
                self.waiting.push_front(batch);
            }
            Place::Spool { number } => self.cursor.reread(number),
        }
    }

    /// Says how it stands with the rows that wait aside.
    pub(super) fn tell_of_suspects(&mut self) {
        if self.suspects.is_empty() {
            if self.has_trial() {
                return;
            }
            return self.shared.condition.recover(Part::Rows);
        }
        let Some(worst) = self.suspects.worst() else {
            return;
        };
        let rows = self.suspects.len();
        let (status, cause) = if worst.blames_table {
            (
                Status::Red,
                format!(
                    "the table refuses rows that fit its reference, {rows} wait; compare it with the migrations: {}",
                    worst.complaint
                ),
            )
        } else {
            (
                Status::Degraded,
                format!(
                    "the database refuses {rows} rows that are tried again: {}",
                    worst.complaint
                ),
            )
        };
        self.shared.condition.worsen(Part::Rows, status, cause);
    }
}

/// The row without its payload, which says so in its place.
fn without_payload(mut row: Activity<'_>) -> Activity<'static> {
    let bytes = row.payload.len();
    row.payload = format!(r#"{{"truncated":true,"bytes":{bytes}}}"#).into();
    row.into_owned()
}
