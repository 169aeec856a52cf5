//! Times in the reader's own zone.

use behavior_trace_core::{Activity, Timestamp};
use serde_json::json;

use super::rows::row;
use super::served::Served;
use super::start;

const DAY: i64 = 86_400;

/// Returns a row of yesterday at a second of the day, in UTC.
fn yesterday_at(second: i64) -> Activity<'static> {
    let today = Timestamp::now().as_micros() / 1_000_000 / DAY;
    let mut row = row(0, "order.create", &format!("Order:{second}"), &json!({}));
    row.occurred_at = Timestamp::from_micros(((today - 1) * DAY + second) * 1_000_000);
    row
}

/// Returns the short name of the day so many days from today.
fn weekday(from_today: i64) -> &'static str {
    let today = Timestamp::now().as_micros() / 1_000_000 / DAY;
    let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    let place = usize::try_from((today + from_today) % 7).expect("after 1970");
    days[place]
}

#[test]
fn times_turn_to_the_local_zone_and_name_the_day_beyond_midnight() {
    // Local midnight is at 15:00 UTC in Tokyo and at 07:00 UTC in Phoenix. Neither has a summer time.
    let (tokyo, phoenix) = (15 * 3600, 7 * 3600);
    let rows = [
        yesterday_at(phoenix - 1),
        yesterday_at(phoenix),
        yesterday_at(tokyo - 1),
        yesterday_at(tokyo),
    ];
    let (browser, served) = (start(), Served::with(&rows));
    let times = || {
        let links = browser.find_all(".t").expect("links");
        let times: Vec<_> = links
            .iter()
            .map(|link| link.text().expect("a time"))
            .collect();
        times.join(" | ")
    };
    let utc = "15:00:00 | 14:59:59 | 07:00:00 | 06:59:59";
    let (before, after) = (weekday(-2), weekday(0));
    for (zone, local) in [
        (
            "Asia/Tokyo",
            format!("{after} 00:00:00 | 23:59:59 | 16:00:00 | 15:59:59"),
        ),
        (
            "America/Phoenix",
            format!("08:00:00 | 07:59:59 | 00:00:00 | {before} 23:59:59"),
        ),
    ] {
        browser.set_timezone(zone).expect("a zone");
        browser.goto(&served.at("")).expect("opened");
        assert_eq!(times(), utc, "{zone}");
        let button = browser.find("#zone").expect("a button");
        button.click().expect("clicked");
        assert_eq!(times(), local, "{zone}");
        assert_eq!(
            browser
                .find(".l th")
                .expect("a heading")
                .text()
                .expect("a text"),
            "Time, local"
        );
        assert_eq!(
            button.attribute("aria-pressed").expect("read").as_deref(),
            Some("true")
        );
        button.click().expect("clicked");
        assert_eq!(times(), utc, "{zone}");
    }
}
