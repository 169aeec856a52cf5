//! The age limit of rows.

use std::time::Duration;

use behavior_trace_core::Timestamp;

use crate::store::select::EARLIEST;

/// Returns the timestamp before which rows are older than `keep`, with `now` by the server's clock.
fn before(now: Timestamp, keep: Duration) -> Timestamp {
    let keep = i64::try_from(keep.as_micros()).unwrap_or(i64::MAX);
    let moment = now.as_micros().saturating_sub(keep);
    Timestamp::from_micros(moment).max(EARLIEST)
}

/// The time from which on all is kept, where it is set, however old it is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct KeepFrom(Option<Timestamp>);

impl KeepFrom {
    pub(super) const fn at(time: Timestamp) -> Self {
        Self(Some(time))
    }

    /// Returns the timestamp before which nothing is kept.
    pub(super) fn before(self, now: Timestamp, keep: Duration) -> Timestamp {
        let expired = before(now, keep);
        self.0.map_or(expired, |time| time.min(expired))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_for_ever_has_no_old_rows_that_a_server_could_hold() {
        let now = Timestamp::from_micros(1_790_000_000_000_000);
        let day = Duration::from_hours(24);
        let expected = Timestamp::from_micros(1_790_000_000_000_000 - 86_400_000_000);
        assert_eq!(before(now, day), expected);
        assert_eq!(before(now, Duration::MAX), EARLIEST);
    }

    #[test]
    fn a_set_time_keeps_more_and_never_less() {
        let now = Timestamp::from_micros(1_790_000_000_000_000);
        let day = Duration::from_hours(24);
        let expired = before(now, day);
        let earlier = Timestamp::from_micros(expired.as_micros() - 1);
        assert_eq!(KeepFrom::at(earlier).before(now, day), earlier);
        assert_eq!(KeepFrom::at(now).before(now, day), expired);
        assert_eq!(KeepFrom::default().before(now, day), expired);
    }
}
