//! The times of an old table: local time of the writer's zone, read as UTC.

use behavior_trace_core::Timestamp;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase};

use super::error::Kind;
use super::reason::ImportReason;

const SECOND: i64 = 1_000_000;
/// Rows of one writer may get their ids this much later than their times.
const TOLERANCE: i64 = 60 * SECOND;
/// A time that is so far before those of lower ids proves nothing: one of the clocks was wrong.
const UNRELATED: i64 = 12 * 3600 * SECOND;

/// Reads the times of rows in the order of their ids.
///
/// An hour that the zone repeats is ambiguous. Ids grow with time, so a time whose first pass is more than a minute before
/// that of a row with a lower id is in the second pass. Any other is taken as the first pass.
#[derive(Clone, Debug)]
pub(super) struct Clock {
    zone: TimeZone,
    is_utc: bool,
    /// Latest time of the rows before, in microseconds.
    latest: Option<i64>,
}

impl Clock {
    /// Creates a clock of a zone by its IANA name. `latest` is the latest time of the rows before.
    pub(super) fn new(zone: &str, latest: Option<i64>) -> Result<Self, Kind> {
        let found = TimeZoneDatabase::bundled().get(zone);
        let zone = found.map_err(|_| Kind::UnknownZone(zone.to_owned()))?;
        Ok(Self {
            is_utc: zone.is_unknown() || zone == TimeZone::UTC,
            zone,
            latest,
        })
    }

    pub(super) const fn latest(&self) -> Option<i64> {
        self.latest
    }

    /// Reads the time of the next row.
    pub(super) fn read(&mut self, text: Option<&str>) -> (Timestamp, Option<ImportReason>) {
        let Some(local) = text.and_then(|text| text.parse::<Timestamp>().ok()) else {
            let before = Timestamp::from_micros(self.latest.unwrap_or_default());
            return (before, Some(ImportReason::TimeMissing));
        };
        let local = local.as_micros();
        let (time, reason) = if self.is_utc {
            (local, None)
        } else {
            self.of_zone(local)
        };
        self.latest = Some(match self.latest {
            Some(latest) if latest.saturating_sub(time) < UNRELATED => latest.max(time),
            _ => time,
        });
        (Timestamp::from_micros(time), reason)
    }

    fn of_zone(&self, local: i64) -> (i64, Option<ImportReason>) {
        let Ok(civil) = jiff::Timestamp::from_microsecond(local) else {
            return (local, Some(ImportReason::TimeSkipped));
        };
        let civil = Offset::UTC.to_datetime(civil);
        let at = |offset: Offset| local - i64::from(offset.seconds()) * SECOND;
        match self.zone.to_ambiguous_timestamp(civil).offset() {
            AmbiguousOffset::Unambiguous { offset } => (at(offset), None),
            AmbiguousOffset::Gap { before, .. } => (at(before), Some(ImportReason::TimeSkipped)),
            AmbiguousOffset::Fold { before, after } => {
                if self.is_second_pass(at(before)) {
                    (at(after), Some(ImportReason::TimeSecondPass))
                } else {
                    (at(before), Some(ImportReason::TimeFirstPass))
                }
            }
        }
    }

    /// Returns whether the rows before prove that the first pass was over.
    fn is_second_pass(&self, first: i64) -> bool {
        self.latest
            .map(|latest| latest.saturating_sub(first))
            .is_some_and(|behind| behind > TOLERANCE && behind < UNRELATED)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use ImportReason::{TimeFirstPass, TimeMissing, TimeSecondPass, TimeSkipped};

    fn berlin() -> Clock {
        Clock::new("Europe/Berlin", None).expect("a zone")
    }

    fn read(clock: &mut Clock, text: &str) -> (String, Option<ImportReason>) {
        let (time, reason) = clock.read(Some(text));
        (time.to_string()[..19].to_owned(), reason)
    }

    #[test]
    fn local_time_is_read_as_utc_in_summer_and_in_winter() {
        let mut clock = berlin();
        for (local, utc) in [
            ("2026-01-02 13:28:00", "2026-01-02 12:28:00"),
            ("2026-07-02 13:28:00.000001", "2026-07-02 11:28:00"),
        ] {
            assert_eq!(read(&mut clock, local), (utc.to_owned(), None));
        }
    }

    #[test]
    fn the_order_of_ids_tells_the_second_pass_of_the_repeated_hour() {
        let mut clock = berlin();
        for (local, utc, reason) in [
            ("2025-10-26 01:59:00", "2025-10-25 23:59:00", None),
            (
                "2025-10-26 02:30:00",
                "2025-10-26 00:30:00",
                Some(TimeFirstPass),
            ),
            (
                "2025-10-26 02:29:30",
                "2025-10-26 00:29:30",
                Some(TimeFirstPass),
            ),
            (
                "2025-10-26 02:00:00",
                "2025-10-26 01:00:00",
                Some(TimeSecondPass),
            ),
            (
                "2025-10-26 02:30:00",
                "2025-10-26 01:30:00",
                Some(TimeSecondPass),
            ),
            ("2025-10-26 03:00:00", "2025-10-26 02:00:00", None),
            (
                "2025-10-26 02:59:59",
                "2025-10-26 01:59:59",
                Some(TimeSecondPass),
            ),
        ] {
            assert_eq!(read(&mut clock, local), (utc.to_owned(), reason), "{local}");
        }
    }

    #[test]
    fn without_a_row_that_proves_the_second_pass_it_is_the_first() {
        let mut clock = berlin();
        let first = ("2025-10-26 00:30:00".to_owned(), Some(TimeFirstPass));
        assert_eq!(read(&mut clock, "2025-10-26 02:30:00"), first);
        // A clock that was a year ahead proves nothing, and is forgotten with the next row.
        read(&mut clock, "2027-01-01 00:00:00");
        assert_eq!(read(&mut clock, "2025-10-26 02:30:00"), first);
        assert_eq!(
            read(&mut clock, "2025-10-26 02:10:00").1,
            Some(TimeSecondPass)
        );
    }

    #[test]
    fn a_time_in_the_skipped_hour_and_one_that_is_missing_are_counted() {
        let mut clock = berlin();
        assert_eq!(
            read(&mut clock, "2026-03-29 02:30:00"),
            ("2026-03-29 01:30:00".to_owned(), Some(TimeSkipped))
        );
        for missing in [None, Some("0000-00-00 00:00:00"), Some("")] {
            let (time, reason) = clock.read(missing);
            assert_eq!(time.to_string(), "2026-03-29 01:30:00.000000");
            assert_eq!(reason, Some(TimeMissing));
        }
    }

    #[test]
    fn a_zone_is_found_by_its_name_alone() {
        for zone in [
            "UTC",
            "Etc/UTC",
            "Europe/Berlin",
            "America/New_York",
            "Asia/Kathmandu",
        ] {
            Clock::new(zone, None).expect(zone);
        }
        for none in ["", "Mars/Olympus", "+02:00", "SYSTEM"] {
            assert!(Clock::new(none, None).is_err(), "{none}");
        }
    }

    proptest! {
        /// Times of a writer whose ids follow them are read exactly in every zone.
        #[test]
        fn times_in_order_come_back_exactly(
            zone in prop::sample::select(vec!["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]),
            start in 1_700_000_000_i64..1_800_000_000,
            steps in prop::collection::vec(0_i64..200, 1..400),
        ) {
            let mut clock = Clock::new(zone, None).expect("a zone");
            let zone = TimeZoneDatabase::bundled().get(zone).expect("a zone");
            let mut second = start;
            for step in steps {
                second += step;
                let utc = jiff::Timestamp::from_second(second).expect("in range");
                let local = zone.to_datetime(utc);
                let (time, reason) = clock.read(Some(&local.to_string()));
                let behind = second * SECOND - time.as_micros();
                // Only the first row of a second pass that no row shows may be read an hour early.
                prop_assert!(behind == 0 || reason == Some(TimeFirstPass), "{local} {reason:?}");
            }
        }

        #[test]
        fn every_time_of_utc_comes_back_the_same(micros in -30_610_224_000_000_000_i64..253_402_300_800_000_000) {
            let mut clock = Clock::new("UTC", None).expect("UTC");
            let time = Timestamp::from_micros(micros);
            prop_assert_eq!(clock.read(Some(&time.to_string())), (time, None));
        }
    }
}
