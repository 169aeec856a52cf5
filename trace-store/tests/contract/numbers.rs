//! Numbers in a payload come back as the application's values, in spite of the server's JSON.

use std::collections::BTreeMap;

use behavior_trace_core::activity;
use behavior_trace_core::payload::write_diff;
use behavior_trace_core::{Activity, Field, Fields, Masks};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Shelf, on_every_store, row};

on_every_store! {
    numbers_that_differ_are_read_as_two
    a_double_comes_back_to_its_last_bit
}

/// Returns a row whose payload is the diff of two values.
fn change(number: i64, before: &impl Serialize, after: &impl Serialize) -> Activity<'static> {
    let mut fields = Fields::new();
    let _ = write_diff(&mut fields, &Masks::default(), before, after, &[]);
    let diff = fields.get(Field::Diff).expect("they differ");
    activity! {
        payload: format!(r#"{{"diff":{diff}}}"#).into(),
        ..row(number)
    }
}

fn raw(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).expect("JSON")
}

async fn numbers_that_differ_are_read_as_two(shelf: Shelf) {
    let spelled = [
        ("1.10", "1.1"),
        ("18446744073709551616", "18446744073709551617"),
        ("-0", "0"),
        ("0.30000000000000004", "0.3"),
        ("1e400", "1e401"),
        ("12345678901234567890.5", "12345678901234567890.4"),
        ("1", "1.0"),
    ];
    let mut sent = vec![
        change(0, &u128::MAX, &(u128::MAX - 1)),
        change(1, &i128::MIN, &(i128::MIN + 1)),
        change(2, &u64::MAX, &(u64::MAX - 1)),
        change(3, &i64::MIN, &(i64::MIN + 1)),
    ];
    sent.extend(
        (4..)
            .zip(spelled)
            .map(|(number, (from, to))| change(number, &raw(from), &raw(to))),
    );
    shelf.connect().await.insert(&sent).await.expect("stored");
    for (stored, sent) in shelf.stored().await.iter().zip(&sent) {
        let read = |row: &Activity<'_>| {
            let payload: serde_json::Value = serde_json::from_str(&row.payload).expect("JSON");
            let change = &payload["diff"]["value"];
            (change["from"].to_string(), change["to"].to_string())
        };
        assert_eq!(read(stored), read(sent), "{}", stored.payload);
        let (from, to) = read(stored);
        assert_ne!(from, to, "{}", stored.payload);
    }
}

/// Checks that each of 510 doubles comes back with all of its bits.
async fn a_double_comes_back_to_its_last_bit(shelf: Shelf) {
    let mut doubles = vec![
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        -2.225_073_858_507_201e-308,
        0.1 + 0.2,
        1.0 / 3.0,
        9_007_199_254_740_993.0,
        1e22,
        1e23,
        -0.0,
    ];
    // Arbitrary bits: the generator has the full period of 64 bits.
    let mut bits = 0x9e37_79b9_7f4a_7c15_u64;
    doubles.extend((0..500).map(|_| {
        bits = bits.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        let double = f64::from_bits(bits);
        if double.is_finite() { double } else { 1.5 }
    }));
    let sent = activity! {
        payload: serde_json::json!({ "doubles": doubles }).to_string().into(),
        ..row(1)
    };
    shelf.connect().await.insert(&[sent]).await.expect("stored");
    let stored = shelf.stored().await;
    // Parsed without a `Value`, whose parser is sometimes off by one bit.
    let payload: BTreeMap<String, Vec<Box<RawValue>>> =
        serde_json::from_str(&stored[0].payload).expect("JSON");
    let read: Vec<f64> = payload["doubles"]
        .iter()
        .map(|value| value.get().parse().expect("a double"))
        .collect();
    let differ: Vec<_> = doubles
        .iter()
        .zip(&read)
        .filter(|(sent, read)| sent.to_bits() != read.to_bits())
        .collect();
    assert_eq!(read.len(), doubles.len());
    assert!(
        differ.is_empty(),
        "{} of them: {:?}",
        differ.len(),
        &differ[..differ.len().min(5)]
    );
}
