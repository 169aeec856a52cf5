//! What a payload and a diff of a struct of six fields cost the caller: `cargo bench -p behavior-trace-core`.
//!
//! The best of 31 rounds each, on one thread with warm buffers. Under `cargo test` one short round shows that it runs.

use std::hint::black_box;
use std::time::Instant;

use behavior_trace_core::payload::{write_diff, write_payload};
use behavior_trace_core::{Fields, Masks};
use serde::Serialize;
use serde_json::{Map, Value};

#[derive(Clone, Serialize)]
struct User {
    id: u64,
    name: &'static str,
    email: &'static str,
    city: &'static str,
    plan: &'static str,
    active: bool,
}

const BEFORE: User = User {
    id: 7,
    name: "Ada Lovelace",
    email: "ada@example.org",
    city: "London",
    plan: "free",
    active: true,
};

const AFTER: User = User {
    email: "ada@example.com",
    plan: "pro",
    ..BEFORE
};

fn measure(name: &str, mut work: impl FnMut()) {
    let (rounds, calls) = if std::env::args().any(|argument| argument == "--bench") {
        (31, 5_000_u32)
    } else {
        (1, 1)
    };
    let best = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            (0..calls).for_each(|_| work());
            start.elapsed() / calls
        })
        .min()
        .unwrap_or_default();
    println!("{name:32} {:6} ns", best.as_nanos());
}

/// The usual way: two trees, compared key by key.
fn diff_of_values(before: &User, after: &User) -> serde_json::Result<String> {
    let mut changes = Map::new();
    if let (Value::Object(before), Value::Object(after)) =
        (serde_json::to_value(before)?, serde_json::to_value(after)?)
    {
        for (key, from) in before {
            let to = &after[&key];
            if *to != from {
                changes.insert(key, serde_json::json!({ "from": from, "to": to }));
            }
        }
    }
    serde_json::to_string(&changes)
}

fn main() {
    let masks = Masks::default();
    let mut fields = Fields::new();
    let mut buffer = Vec::with_capacity(1024);
    measure("payload, serde_json alone", || {
        buffer.clear();
        serde_json::to_writer(&mut buffer, black_box(&BEFORE)).expect("JSON");
    });
    measure("payload, masked", || {
        fields.clear();
        let _ = write_payload(&mut fields, &masks, black_box(&BEFORE));
    });
    measure("diff of values, two changed", || {
        black_box(diff_of_values(black_box(&BEFORE), black_box(&AFTER)).expect("JSON"));
    });
    measure("diff, two changed", || {
        fields.clear();
        let _ = write_diff(
            &mut fields,
            &masks,
            black_box(&BEFORE),
            black_box(&AFTER),
            &[],
        );
    });
    measure("diff, none changed", || {
        fields.clear();
        let _ = write_diff(
            &mut fields,
            &masks,
            black_box(&BEFORE),
            black_box(&BEFORE),
            &[],
        );
    });
}
