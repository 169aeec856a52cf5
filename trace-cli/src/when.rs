//! Points in time as people write them, and the time zone they are read and shown in.

use std::time::Duration;

use behavior_trace::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, ZonedDateTime};

/// Time zone of a command, with the time at which it started.
#[derive(Clone, Debug)]
pub(crate) struct ZonedClock {
    zone: TimeZone,
    now: ZonedDateTime,
}

/// Forms of a point in time, for errors and help.
pub(crate) const FORMS: &str = "`2h` or `3d12h` ago, `now`, `today`, `yesterday`, `2026-11-30`, `2026-11-30T08:15`, \
     `2026-11-30T08:15:00Z` or `2026-11-30T08:15[Europe/Berlin]`";

impl ZonedClock {
    /// Returns a clock of a zone: `UTC`, `local`, or an IANA name.
    pub(crate) fn new(zone: &str) -> Result<Self, String> {
        let zone = match zone {
            "local" => TimeZone::system(),
            zone if zone.eq_ignore_ascii_case("utc") => TimeZone::UTC,
            zone => TimeZone::get(zone).map_err(|_| {
                format!("`{zone}` is no time zone; write `UTC`, `local` or a name such as `Europe/Berlin`")
            })?,
        };
        let now = ZonedDateTime::now().with_time_zone(zone.clone());
        Ok(Self { zone, now })
    }

    /// Reads a point in time. A date is its midnight. A time that the clocks skip or repeat is read as jiff reads it: the
    /// later one of a gap, the earlier one of a fold.
    pub(crate) fn read(&self, text: &str) -> Result<Timestamp, String> {
        let found = self.parse(text.trim());
        found
            .map(at)
            .ok_or_else(|| format!("`{text}` is no point in time; write {FORMS}"))
    }

    fn parse(&self, text: &str) -> Option<jiff::Timestamp> {
        match text {
            "" => return None,
            "now" => return Some(self.now.timestamp()),
            "today" => return Some(self.now.start_of_day().ok()?.timestamp()),
            "yesterday" => {
                let yesterday = self.now.yesterday().ok()?;
                return Some(yesterday.start_of_day().ok()?.timestamp());
            }
            _ => {}
        }
        if let Ok(span) = text.parse::<Span>() {
            let ago = self.now.checked_sub(span).ok()?;
            return (span.signum() >= 0).then(|| ago.timestamp());
        }
        if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
            return Some(timestamp);
        }
        if let Ok(zoned) = text.parse::<ZonedDateTime>() {
            return Some(zoned.timestamp());
        }
        if is_beyond_last(text) {
            return Some(jiff::Timestamp::MAX);
        }
        let local: civil::DateTime = text.parse().ok()?;
        Some(local.to_zoned_datetime(self.zone.clone()).ok()?.timestamp())
    }

    /// Shows a timestamp in the zone, to the millisecond.
    pub(crate) fn show(&self, timestamp: Timestamp) -> String {
        match jiff::Timestamp::from_microsecond(timestamp.as_micros()) {
            Ok(timestamp) => timestamp
                .to_zoned_datetime(self.zone.clone())
                .strftime("%Y-%m-%d %H:%M:%S%.3f")
                .to_string(),
            Err(_) => timestamp.to_rfc3339(),
        }
    }

    /// Returns the name of the zone, for a heading.
    pub(crate) fn zone(&self) -> &str {
        self.zone.iana_name().unwrap_or("local")
    }
}

/// Returns whether a text names a time relative to now.
pub(crate) fn is_relative(text: &str) -> bool {
    let text = text.trim();
    matches!(text, "now" | "today" | "yesterday") || text.parse::<Span>().is_ok()
}

/// Returns whether a text is of the last two days of the calendar, such as the usual `9999-12-31` for no end. A time there
/// may have no timestamp, and the last one is as good.
fn is_beyond_last(text: &str) -> bool {
    let pieces = jiff::fmt::temporal::Pieces::parse(text);
    pieces.is_ok_and(|pieces| pieces.date() >= civil::date(9999, 12, 30))
}

fn at(timestamp: jiff::Timestamp) -> Timestamp {
    Timestamp::from_micros(timestamp.as_microsecond())
}

/// Checks the name of a zone, which it returns.
pub(crate) fn zone_name(name: &str) -> Result<String, String> {
    match TimeZone::get(name) {
        Ok(_) => Ok(name.to_owned()),
        Err(_) => Err("write a name such as `Europe/Berlin` or `UTC`".to_owned()),
    }
}

/// Reads a duration such as `90d`, `36h` or `500ms`. A day has 24 hours, a week seven days; months differ and are refused.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let refused = || format!("`{text}` is no duration; write `90d`, `2w`, `36h`, `30s` or `500ms`");
    let span: Span = text.trim().parse().map_err(|_| refused())?;
    let relative = jiff::SpanRelativeTo::days_are_24_hours();
    let duration: SignedDuration = span.to_duration(relative).map_err(|_| refused())?;
    duration.try_into().map_err(|_| refused())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> ZonedClock {
        let zone = TimeZone::get("Europe/Berlin").expect("built in");
        let now: ZonedDateTime = "2026-11-30T08:15:00+01:00[Europe/Berlin]"
            .parse()
            .expect("a time");
        ZonedClock { zone, now }
    }

    #[test]
    fn each_form_is_read_in_the_zone() {
        for (text, expected) in [
            ("now", "2026-11-30T07:15:00.000000Z"),
            ("today", "2026-11-29T23:00:00.000000Z"),
            ("yesterday", "2026-11-28T23:00:00.000000Z"),
            ("2h", "2026-11-30T05:15:00.000000Z"),
            ("1d12h", "2026-11-28T19:15:00.000000Z"),
            ("90 minutes", "2026-11-30T05:45:00.000000Z"),
            ("2026-11-30", "2026-11-29T23:00:00.000000Z"),
            ("2026-07-01", "2026-06-30T22:00:00.000000Z"),
            ("2026-11-30T08:15", "2026-11-30T07:15:00.000000Z"),
            ("2026-11-30 08:15:01.5", "2026-11-30T07:15:01.500000Z"),
            ("2026-11-30T08:15:00Z", "2026-11-30T08:15:00.000000Z"),
            ("2026-11-30T08:15:00-05:00", "2026-11-30T13:15:00.000000Z"),
            (
                "2026-11-30T08:15[Asia/Tokyo]",
                "2026-11-29T23:15:00.000000Z",
            ),
        ] {
            let read = berlin()
                .read(text)
                .unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(read.to_rfc3339(), expected, "{text}");
        }
    }

    #[test]
    fn a_day_back_is_the_same_time_of_day_where_clocks_were_changed_in_between() {
        let mut clock = berlin();
        clock.now = "2026-10-26T08:15:00+01:00[Europe/Berlin]"
            .parse()
            .expect("a time");
        let read = clock.read("2d").expect("a span");
        assert_eq!(clock.show(read), "2026-10-24 08:15:00.000");
    }

    #[test]
    fn a_time_after_the_last_one_is_the_last_one() {
        let last = "9999-12-30T22:00:00.999999Z";
        for text in [
            "9999-12-31",
            "9999-12-31T23:59:59",
            "9999-12-31 23:59:59.999999",
            "9999-12-31T23:59:59Z",
            "9999-12-31T23:59:59-05:00",
            "9999-12-31T23:59[Europe/Berlin]",
        ] {
            let read = berlin().read(text).expect(text);
            assert_eq!(read.to_rfc3339(), last, "{text}");
            assert!(berlin().show(read).starts_with("9999-12-30"), "{text}");
        }
        assert!(berlin().read("9999-12-32").is_err());
    }

    #[test]
    fn what_is_no_time_is_refused_with_the_forms() {
        for text in ["", "soon", "-2h", "2026-13-01", "2h ago from now"] {
            let error = berlin().read(text).expect_err(text);
            assert!(error.contains("`yesterday`"), "{error}");
        }
        let error = ZonedClock::new("Mars/Olympus").expect_err("no zone");
        assert!(error.contains("`Europe/Berlin`"), "{error}");
    }

    #[test]
    fn the_name_of_a_zone_is_one_of_the_database() {
        assert_eq!(zone_name("Europe/Berlin"), Ok("Europe/Berlin".to_owned()));
        for name in ["", "local", "+02:00", "Mars/Olympus"] {
            assert!(zone_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn durations_have_days_of_24_hours_and_no_months() {
        assert_eq!(duration("90d"), Ok(Duration::from_hours(90 * 24)));
        assert_eq!(duration("2w"), Ok(Duration::from_hours(14 * 24)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        for text in ["", "90", "1mo", "1y", "-1d", "soon"] {
            let error = duration(text).expect_err(text);
            assert!(error.contains("`90d`"), "{text}: {error}");
        }
    }
}
