//! Times of the oldest events that the writer holds. The writer notes them; every thread reads them.

use std::sync::atomic::{AtomicI64, Ordering};

use behavior_trace_core::Timestamp;

/// Marker for no event.
const NONE: i64 = i64::MAX;

/// Time of the call of the oldest event in one place.
#[derive(Debug)]
pub(crate) struct Oldest(AtomicI64);

impl Default for Oldest {
    fn default() -> Self {
        Self(AtomicI64::new(NONE))
    }
}

impl Oldest {
    pub(crate) fn note(&self, oldest: Option<Timestamp>) {
        let micros = oldest.map_or(NONE, Timestamp::as_micros);
        self.0.store(micros, Ordering::Relaxed);
    }

    /// Returns the noted time, if the place holds `events`. The note may be older than their number.
    pub(crate) fn of(&self, events: u64) -> Option<Timestamp> {
        let micros = self.0.load(Ordering::Relaxed);
        (events > 0 && micros != NONE).then(|| Timestamp::from_micros(micros))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_without_events_has_no_oldest_one_whatever_was_noted() {
        let oldest = Oldest::default();
        assert_eq!(oldest.of(3), None);
        oldest.note(Some(Timestamp::from_micros(7)));
        assert_eq!(oldest.of(3), Some(Timestamp::from_micros(7)));
        assert_eq!(oldest.of(0), None);
        oldest.note(None);
        assert_eq!(oldest.of(3), None);
    }
}
