//! Times as people read them, in UTC.

use behavior_trace_core::Timestamp;
use jiff::civil::{Date, DateTime};
use maud::{Markup, html};

use crate::texts::{self, PageText, Texts, fill};

/// Returns date and time of day; `None` beyond the years that a calendar has.
pub(crate) fn civil(timestamp: Timestamp) -> Option<DateTime> {
    let moment = jiff::Timestamp::from_microsecond(timestamp.as_micros()).ok()?;
    Some(jiff::tz::Offset::UTC.to_datetime(moment))
}

/// Returns the day of a timestamp.
pub(crate) fn day(timestamp: Timestamp) -> Date {
    civil(timestamp).map_or(Date::ZERO, DateTime::date)
}

/// Returns the time of day: `13:42:09`.
pub(crate) fn clock(timestamp: Timestamp) -> String {
    let text = timestamp.to_string();
    text.get(11..19).unwrap_or(&text).to_owned()
}

const MONTHS: [PageText; 12] = [
    texts::JANUARY,
    texts::FEBRUARY,
    texts::MARCH,
    texts::APRIL,
    texts::MAY,
    texts::JUNE,
    texts::JULY,
    texts::AUGUST,
    texts::SEPTEMBER,
    texts::OCTOBER,
    texts::NOVEMBER,
    texts::DECEMBER,
];
const WEEKDAYS: [PageText; 7] = [
    texts::MONDAY,
    texts::TUESDAY,
    texts::WEDNESDAY,
    texts::THURSDAY,
    texts::FRIDAY,
    texts::SATURDAY,
    texts::SUNDAY,
];

fn one_of(texts: &Texts, names: &[PageText], number: i8) -> Markup {
    let place = usize::try_from(number - 1).ok();
    let name = place.and_then(|place| names.get(place));
    html! { (name.map_or("", |name| texts.of(*name))) }
}

/// Returns a date in words: `29 November 2026`.
pub(crate) fn date(texts: &Texts, date: Date) -> Markup {
    fill(
        texts.of(texts::DATE),
        &[
            ("day", html! { (date.day()) }),
            ("month", one_of(texts, &MONTHS, date.month())),
            ("year", html! { (date.year()) }),
        ],
    )
}

/// Returns a date with its weekday.
pub(crate) fn date_of_week(texts: &Texts, date: Date) -> Markup {
    let weekday = date.weekday().to_monday_one_offset();
    fill(
        texts.of(texts::DATE_OF_WEEK),
        &[
            ("weekday", one_of(texts, &WEEKDAYS, weekday)),
            ("date", self::date(texts, date)),
        ],
    )
}

/// Returns the name of a day beside another one, if it has one.
pub(crate) fn name_of_day(day: Date, today: Date) -> Option<PageText> {
    if day == today {
        Some(texts::TODAY)
    } else if today.yesterday().is_ok_and(|yesterday| day == yesterday) {
        Some(texts::YESTERDAY)
    } else {
        None
    }
}

/// Returns the age of a row; nothing for one that is a day old or from the future.
pub(crate) fn age(texts: &Texts, then: Timestamp, now: Timestamp) -> Option<Markup> {
    let seconds = now.as_micros().saturating_sub(then.as_micros()) / 1_000_000;
    let (text, n) = match seconds {
        0..60 => (texts::AGE_SECONDS, seconds),
        60..3_600 => (texts::AGE_MINUTES, seconds / 60),
        3_600..86_400 => (texts::AGE_HOURS, seconds / 3_600),
        _ => return None,
    };
    Some(fill(texts.of(text), &[("n", html! { (n) })]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_words() {
        let texts = Texts::english();
        let then: Timestamp = "2026-11-29T13:42:09Z".parse().expect("a time");
        let now = Timestamp::from_micros(then.as_micros() + 3 * 60_000_000);
        assert_eq!(clock(then), "13:42:09");
        assert_eq!(date_of_week(&texts, day(then)).0, "Sunday 29 November 2026");
        assert_eq!(
            age(&texts, then, now).map(|age| age.0).as_deref(),
            Some("3 min ago")
        );
        assert_eq!(age(&texts, now, then).map(|age| age.0), None);
        assert_eq!(name_of_day(day(then), day(now)), Some(texts::TODAY));
    }
}
