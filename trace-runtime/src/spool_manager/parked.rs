//! Files of this process that wait for better times, while another takes the rows.

use std::collections::BTreeSet;
use std::time::Duration;

use behavior_trace_store::spool::{
    NotOpened, OpenedSpool, SpoolError, SpoolErrorKind, SpoolStorage,
};
use tokio::time::Instant;

use super::delivered::Delivered;
use super::stale::{Stale, StaleOrigin};
use super::{MAX_PARKED, MAX_RETRY, RETRY, SpoolManager};
use crate::stats::Metric;

pub(super) type Opened<S> = OpenedSpool<<S as SpoolStorage>::Spool>;
pub(super) type OpenedOwn<S> = Result<Opened<S>, NotOpened<<S as SpoolStorage>::Slot>>;

/// A slot held by this process whose file cannot be used now.
#[derive(Debug)]
pub(super) struct Parked<S> {
    pub(super) slot: S,
    /// Rows in it that are counted as spooled.
    pub(super) rows: u64,
    pub(super) delivered: BTreeSet<i64>,
    pub(super) cause: String,
    pub(super) next_try: Instant,
    pub(super) failures: u32,
}

impl<S: SpoolStorage> SpoolManager<S> {
    pub(super) fn park(
        &mut self,
        slot: S::Slot,
        origin: StaleOrigin,
        kind: SpoolErrorKind,
        error: &str,
        now: Instant,
    ) {
        let cause = format!("a spool file cannot be used now, its rows stay in it: {error}");
        let rest = match (kind, origin.failures) {
            // It is checked at once.
            (SpoolErrorKind::Damaged, 0) => Duration::ZERO,
            (_, failures) => (RETRY * (1 << failures.min(2))).min(MAX_RETRY),
        };
        self.parked.push(Parked {
            slot,
            rows: origin.counted,
            delivered: origin.delivered,
            cause: cause.clone(),
            next_try: now + rest,
            failures: origin.failures + 1,
        });
        self.note_health();
        self.tell_once(cause);
    }

    /// Returns whether the slot whose file could not be opened may be parked, and another one tried.
    pub(super) fn may_park(&self, error: &SpoolError) -> bool {
        let is_reason = !matches!(error.kind(), SpoolErrorKind::Busy | SpoolErrorKind::Newer);
        is_reason && self.slot.is_some() && self.parked.len() < MAX_PARKED
    }

    /// Parks the slot whose file could not be opened. Returns whether to try another one.
    pub(super) fn park_slot(&mut self, error: &SpoolError) -> bool {
        let counted = self.own_rows() + self.owed;
        let Some(slot) = self.slot.take() else {
            return false;
        };
        if counted == 0 && self.delivered.numbers.is_empty() && !self.parked.is_empty() {
            // This would be a second one, without rows that this process counts.
            return false;
        }
        self.owed = 0;
        let origin = StaleOrigin {
            counted,
            delivered: std::mem::take(&mut self.delivered.numbers),
            failures: 0,
            cause: None,
            is_ours: true,
        };
        self.park(
            slot,
            origin,
            error.kind(),
            &error.to_string(),
            Instant::now(),
        );
        true
    }

    /// Returns the slot parked longest, to become the slot of this process.
    pub(super) fn unpark(&mut self) -> Option<S::Slot> {
        if self.parked.is_empty() {
            return None;
        }
        let Parked {
            slot, delivered, ..
        } = self.parked.remove(0);
        self.delivered = Delivered::of(delivered);
        Some(slot)
    }

    pub(super) fn take_parked(&mut self, opened: OpenedOwn<S>, origin: StaleOrigin, now: Instant) {
        match opened {
            Ok(opened) => {
                self.tell_all(&opened.complaints);
                self.note_health();
                self.recovery.stale = Some(Box::new(Stale::new(opened.spool, origin)));
            }
            Err(NotOpened {
                slot: Some(slot),
                error,
            }) => self.park(slot, origin, error.kind(), &error.to_string(), now),
            Err(NotOpened { slot: None, error }) => {
                // Its task is gone, and its lock with it: the process that finds the file counts its rows.
                self.shared
                    .queue
                    .counters()
                    .sub(Metric::Spooled, origin.counted);
                self.shared
                    .queue
                    .counters()
                    .add(Metric::SpoolDamaged, origin.counted);
                self.left_behind(&error.to_string(), true);
            }
        }
    }
}
