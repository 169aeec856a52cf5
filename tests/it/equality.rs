//! Diffs compare by the application's own equality where a field asks for it.

use std::collections::{BTreeMap, HashSet};

use behavior_trace::behavior_trace;
use behavior_trace::diff::{ByEquality, by_content, by_equality};
use behavior_trace::test::Capture;
use behavior_trace::{assert_not_recorded, assert_recorded};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Clone, Serialize)]
struct Invoice {
    #[serde(serialize_with = "by_equality")]
    total: Decimal,
    #[serde(serialize_with = "by_equality")]
    due: chrono::DateTime<chrono::FixedOffset>,
    #[serde(serialize_with = "by_equality")]
    sent: Option<jiff::ZonedDateTime>,
    seen: ByEquality<time::OffsetDateTime>,
    #[serde(serialize_with = "by_equality")]
    balance: f64,
    #[serde(serialize_with = "by_equality")]
    labels: HashSet<String>,
    #[serde(serialize_with = "by_content")]
    tags: Vec<String>,
    prices: BTreeMap<String, ByEquality<Decimal>>,
    /// Has the same text as the total, but is compared as text.
    note: String,
}

fn decimal(text: &str) -> Decimal {
    text.parse().expect("a decimal")
}

fn seen(second: i64, hours: i8) -> ByEquality<time::OffsetDateTime> {
    let offset = time::UtcOffset::from_hms(hours, 0, 0).expect("an offset");
    let seen = time::OffsetDateTime::from_unix_timestamp(second).expect("a moment");
    ByEquality(seen.to_offset(offset))
}

fn before() -> Invoice {
    Invoice {
        total: decimal("1.10"),
        due: "2026-03-01T12:00:00+00:00".parse().expect("a moment"),
        sent: Some(
            "2026-03-01T12:00:00+00:00[+00:00]"
                .parse()
                .expect("a moment"),
        ),
        seen: seen(1_790_000_000, 0),
        balance: 0.0,
        labels: (0..20).map(|number| number.to_string()).collect(),
        tags: vec!["a".to_owned(), "b".to_owned(), "b".to_owned()],
        prices: BTreeMap::from([("net".to_owned(), ByEquality(decimal("2.0")))]),
        note: "1.10".to_owned(),
    }
}

/// Creates an invoice that is equal to the first but spelled differently in every field except the note.
fn respelled() -> Invoice {
    Invoice {
        total: decimal("1.1"),
        due: "2026-03-01T13:00:00+01:00".parse().expect("a moment"),
        sent: Some(
            "2026-03-01T13:00:00+01:00[+01:00]"
                .parse()
                .expect("a moment"),
        ),
        seen: seen(1_790_000_000, 2),
        balance: -0.0,
        labels: (0..20).rev().map(|number| number.to_string()).collect(),
        tags: vec!["b".to_owned(), "a".to_owned(), "b".to_owned()],
        prices: BTreeMap::from([("net".to_owned(), ByEquality(decimal("2")))]),
        note: "1.10".to_owned(),
    }
}

#[behavior_trace(action = "invoice.update", resource = "Invoice", bind = event)]
fn update(before: &Invoice, after: &Invoice) {
    event.diff(before, after);
}

#[test]
fn what_is_equal_to_the_host_is_no_change_however_it_is_spelled() {
    let (before, after) = (before(), respelled());
    assert_ne!(
        serde_json::to_string(&before).expect("JSON"),
        serde_json::to_string(&after).expect("JSON")
    );
    let capture = Capture::new();
    capture.in_scope(|| update(&before, &after));
    assert_not_recorded!(capture);
}

#[test]
fn what_differs_is_a_change_and_is_shown_as_the_host_spells_it() {
    let change = |change: fn(&mut Invoice)| {
        let mut after = respelled();
        change(&mut after);
        let capture = Capture::new();
        capture.in_scope(|| update(&before(), &after));
        capture
    };
    let total = change(|invoice| invoice.total = decimal("1.2"));
    assert_recorded!(total, changed = ("total", "1.10", "1.2"), times = 1);
    let tags = change(|invoice| invoice.tags = vec!["a".to_owned(), "b".to_owned()]);
    assert_recorded!(
        tags,
        changed = ("tags", json!(["a", "b", "b"]), json!(["a", "b"]))
    );
    let price = change(|invoice| {
        invoice
            .prices
            .insert("net".to_owned(), ByEquality(decimal("3")));
    });
    assert_recorded!(price, changed = ("prices.net", "2.0", "3"));
    let sent = change(|invoice| invoice.sent = None);
    assert_recorded!(sent, times = 1);
    // The total has this spelling on both sides too, but the note is compared as text.
    let note = change(|invoice| invoice.note = "1.1".to_owned());
    assert_recorded!(note, changed = ("note", "1.10", "1.1"));
}

/// Value whose `==` panics, and whose `Serialize` writes another annotated value into its text.
#[derive(Clone, Serialize)]
struct Odd {
    #[serde(serialize_with = "by_equality")]
    panics: Panics,
    #[serde(serialize_with = "nested")]
    text: String,
}

#[derive(Clone, Serialize)]
struct Panics(u64);

impl PartialEq for Panics {
    fn eq(&self, _: &Self) -> bool {
        panic!("no equality today")
    }
}

/// Serializes the text followed by a nested annotated value, which is the same for every text.
fn nested<S: serde::Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let inner = serde_json::to_string(&ByEquality(0_u8)).expect("JSON");
    serializer.serialize_str(&format!("{text}{inner}"))
}

#[behavior_trace(action = "odd.update", resource = "Odd", bind = event)]
fn update_odd(before: &Odd, after: &Odd) {
    event.diff(before, after);
}

#[test]
fn an_equality_that_panics_or_stands_within_another_value_hides_no_change() {
    let odd = |number, text: &str| Odd {
        panics: Panics(number),
        text: text.to_owned(),
    };
    let capture = Capture::new();
    capture.in_scope(|| update_odd(&odd(1, "a"), &odd(2, "b")));
    assert_recorded!(capture, changed = ("panics", 1, 2), times = 1);
    assert_recorded!(capture, changed = ("text", "a0", "b0"));
}

#[test]
fn everywhere_but_in_a_diff_a_field_is_what_it_was() {
    #[derive(Serialize, Deserialize, PartialEq, Debug)]
    struct Wrapped(ByEquality<f64>);

    assert_eq!(
        serde_json::to_string(&Wrapped(1.5.into())).expect("JSON"),
        "1.5"
    );
    assert_eq!(
        serde_json::from_str::<Wrapped>("1.5").expect("JSON"),
        Wrapped(1.5.into())
    );
    let text = serde_json::to_string(&before()).expect("JSON");
    assert!(text.contains(r#""total":"1.10""#), "{text}");
}
