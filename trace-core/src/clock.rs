//! The only clock of the recorder, and its timestamps.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// A point in time: microseconds since 1970-01-01 00:00:00 UTC.
///
/// It prints as `2026-11-22 09:30:00.000125`, the form in which MySQL's `DATETIME(6)` is bound and read in any session time
/// zone. [`to_rfc3339`](Self::to_rfc3339) returns the form for other systems.
///
/// Parsing takes either form, with a `T` or a blank in the middle and a fraction of any length. It may end in `Z` or an
/// offset such as `+02:00`. A text without an offset is taken as UTC. Digits finer than a microsecond are cut off.
///
/// ```
/// use behavior_trace::Timestamp;
///
/// let moment = Timestamp::from_micros(1_700_000_000_000_001);
/// assert_eq!(moment.to_string(), "2023-11-14 22:13:20.000001");
/// assert_eq!("2023-11-14 22:13:20.000001".parse(), Ok(moment));
/// assert_eq!("2023-11-15T00:13:20.000001+02:00".parse(), Ok(moment));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Returns the current time. A clock set before 1970 reads as 1970.
    #[inline]
    #[expect(clippy::disallowed_methods, reason = "this is the one clock")]
    pub fn now() -> Self {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        // `as_micros` counts in 128 bits.
        let micros = since.as_secs().saturating_mul(1_000_000);
        let micros = micros.saturating_add(since.subsec_micros().into());
        Self(i64::try_from(micros).unwrap_or(i64::MAX))
    }

    /// Creates the timestamp `micros` microseconds after the epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Returns the microseconds since the epoch.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Returns the text of RFC 3339, in UTC.
    ///
    /// ```
    /// use behavior_trace::Timestamp;
    ///
    /// let moment = Timestamp::from_micros(1_700_000_000_000_001);
    /// assert_eq!(moment.to_rfc3339(), "2023-11-14T22:13:20.000001Z");
    /// ```
    pub fn to_rfc3339(self) -> String {
        let mut text = self.to_string();
        if let Some(blank) = text.find(' ') {
            text.replace_range(blank..=blank, "T");
        }
        text.push('Z');
        text
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.div_euclid(MICROS_PER_SECOND);
        let micros = self.0.rem_euclid(MICROS_PER_SECOND);
        let (year, month, day) = date_of(seconds.div_euclid(SECONDS_PER_DAY));
        let second = seconds.rem_euclid(SECONDS_PER_DAY);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        if !(0..=9999).contains(&year) {
            return write!(
                f,
                "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{micros:06}"
            );
        }
        // Every row has a timestamp, and formatting seven numbers takes five times as long as writing the digits.
        let mut text = *b"0000-00-00 00:00:00.000000";
        let pairs = [
            (0, year / 100),
            (2, year % 100),
            (5, month),
            (8, day),
            (11, hour),
            (14, minute),
            (17, second),
            (20, micros / 10_000),
            (22, micros / 100 % 100),
            (24, micros % 100),
        ];
        for (place, number) in pairs {
            let number = u8::try_from(number).unwrap_or_default();
            text[place] += number / 10;
            text[place + 1] += number % 10;
        }
        f.write_str(str::from_utf8(&text).unwrap_or_default())
    }
}

impl From<SystemTime> for Timestamp {
    /// Cuts off digits finer than a microsecond. A time beyond 64 bits becomes the nearest one within.
    fn from(time: SystemTime) -> Self {
        let micros = |since: Duration| i64::try_from(since.as_micros());
        Self(match time.duration_since(UNIX_EPOCH) {
            Ok(since) => micros(since).unwrap_or(i64::MAX),
            Err(before) => {
                let before = before.duration();
                // Rounds towards the past, as it does after the epoch.
                let finer = i64::from(!before.subsec_nanos().is_multiple_of(1000));
                micros(before).map_or(i64::MIN, |micros| -micros - finer)
            }
        })
    }
}

impl From<Timestamp> for SystemTime {
    /// Converts a time beyond the system clock's range to the epoch.
    fn from(timestamp: Timestamp) -> Self {
        let micros = Duration::from_micros(timestamp.0.unsigned_abs());
        let time = if timestamp.0 < 0 {
            UNIX_EPOCH.checked_sub(micros)
        } else {
            UNIX_EPOCH.checked_add(micros)
        };
        time.unwrap_or(UNIX_EPOCH)
    }
}

/// The error for a text that is not a timestamp; the form is `YYYY-MM-DD HH:MM:SS[.ffffff][Z|±HH:MM]`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ParseTimestampError;

impl fmt::Display for ParseTimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a timestamp; write it as `YYYY-MM-DDTHH:MM:SS.ffffffZ`, or with an offset in place of the `Z`")
    }
}

crate::debug_is_display!(ParseTimestampError);

impl std::error::Error for ParseTimestampError {}

impl std::str::FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text.as_bytes()).map(Self).ok_or(ParseTimestampError)
    }
}

fn parse(text: &[u8]) -> Option<i64> {
    let (moment, rest) = text.split_at_checked(19)?;
    let separators = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    if separators.iter().any(|&(at, byte)| moment[at] != byte)
        || !matches!(moment[10], b' ' | b'T' | b't')
    {
        return None;
    }
    let part = |from: usize, to: usize| number(&moment[from..to]);
    let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    let (hour, minute, second) = (part(11, 13)?, part(14, 16)?, part(17, 19)?);
    let (micros, zone) = fraction(rest)?;
    let days = days_before(year, month, day);
    if date_of(days) != (year, month, day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let minutes = (days * 24 + hour) * 60 + minute - offset(zone)?;
    Some((minutes * 60 + second) * MICROS_PER_SECOND + micros)
}

/// Reads the fraction of a second in microseconds, and returns it with the rest of the text.
fn fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let [b'.', rest @ ..] = rest else {
        return Some((0, rest));
    };
    let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, zone) = rest.split_at(count);
    let kept = digits.len().min(6);
    if kept == 0 {
        return None;
    }
    let scale = 10_i64.pow(6 - u32::try_from(kept).ok()?);
    Some((number(&digits[..kept])? * scale, zone))
}

/// Returns the minutes by which the zone is east of UTC.
fn offset(zone: &[u8]) -> Option<i64> {
    let (sign, hours, minutes) = match zone {
        [] | [b'Z' | b'z'] => return Some(0),
        [sign, h, i] => (sign, [*h, *i], [b'0'; 2]),
        [sign, h, i, m, n] | [sign, h, i, b':', m, n] => (sign, [*h, *i], [*m, *n]),
        _ => return None,
    };
    let sign = match sign {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = (number(&hours)?, number(&minutes)?);
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |value, byte| {
        byte.is_ascii_digit()
            .then(|| value * 10 + i64::from(byte - b'0'))
    })
}

// The two functions below are the proleptic Gregorian calendar counted in 400-year eras that begin in March, so that
// the leap day comes last (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms").

fn date_of(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn days_before(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = (month + 9) % 12;
    let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_epoch_and_a_leap_day_print_as_the_calendar_says() {
        assert_eq!(
            Timestamp::from_micros(0).to_string(),
            "1970-01-01 00:00:00.000000"
        );
        assert_eq!(
            Timestamp::from_micros(1_709_164_800_000_000).to_string(),
            "2024-02-29 00:00:00.000000"
        );
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "2024-02-30 00:00:00",
            "2024-02-29 24:00:00",
            "2024-02-29 00:00:00.",
            "2024-02-29T00:00:00.Z",
            "2024-02-29T00:00:00ZZ",
            "2024-02-29T00:00:00 UTC",
            "2024-02-29T00:00:00+24:00",
            "2024-02-29T00:00:00+1:00",
            "2024-02-29T00:00:00*01:00",
            "2024-02-29T00:00:00+01:60",
            "2024-02-29T00:00:00+01-00",
        ] {
            assert_eq!(
                text.parse::<Timestamp>(),
                Err(ParseTimestampError),
                "{text}"
            );
        }
    }

    #[test]
    fn a_zone_is_taken_at_its_word() {
        let noon = Timestamp::from_micros(1_709_208_000_500_000);
        for text in [
            "2024-02-29 12:00:00.5",
            "2024-02-29T12:00:00.5Z",
            "2024-02-29t12:00:00.500000999z",
            "2024-02-29T13:00:00.5+01:00",
            "2024-02-29T17:30:00.5+0530",
            "2024-02-29 02:00:00.500-10",
            "2024-03-01T02:00:00.5+14:00",
            "2024-02-29T12:00:00.5-00:00",
        ] {
            assert_eq!(text.parse(), Ok(noon), "{text}");
        }
        assert_eq!(noon.to_rfc3339(), "2024-02-29T12:00:00.500000Z");
    }

    proptest! {
        #[test]
        fn a_time_of_the_system_comes_back_the_same(micros in -4_000_000_000_000_000_i64..i64::MAX / 2) {
            let there = SystemTime::from(Timestamp::from_micros(micros));
            prop_assert_eq!(Timestamp::from(there), Timestamp::from_micros(micros));
        }

        #[test]
        fn what_is_finer_than_a_microsecond_is_cut_off(micros in 0_u64..1 << 50, nanos in 0_u64..1000) {
            let finer = Duration::from_nanos(nanos);
            let after = UNIX_EPOCH + Duration::from_micros(micros) + finer;
            let micros = i64::try_from(micros).expect("small");
            prop_assert_eq!(Timestamp::from(after), Timestamp::from_micros(micros));
            let before = UNIX_EPOCH - Duration::from_micros(micros.unsigned_abs()) - finer;
            let down = i64::from(nanos > 0);
            prop_assert_eq!(Timestamp::from(before), Timestamp::from_micros(-micros - down));
        }

        #[test]
        fn any_offset_leads_back_to_the_moment(micros in -30_610_224_000_000_000_i64..253_402_300_800_000_000, minutes in -1439_i64..=1439) {
            let moment = Timestamp::from_micros(micros);
            let local = Timestamp::from_micros(micros + minutes * 60 * MICROS_PER_SECOND).to_string();
            prop_assume!(local.len() == moment.to_string().len() && !local.starts_with('-'));
            let sign = if minutes < 0 { '-' } else { '+' };
            let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
            let text = format!("{local}{sign}{hours:02}:{minutes:02}");
            prop_assert_eq!(text.parse(), Ok(moment));
            prop_assert_eq!(moment.to_rfc3339().parse(), Ok(moment));
        }

        #[test]
        fn every_moment_of_the_column_reads_back(micros in -30_610_224_000_000_000_i64..253_402_300_800_000_000) {
            let moment = Timestamp::from_micros(micros);
            prop_assert_eq!(moment.to_string().parse(), Ok(moment));
        }
    }
}
