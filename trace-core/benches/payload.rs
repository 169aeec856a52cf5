//! What a payload and a diff of a struct of six fields cost the caller, what a longer text adds, and what it takes to tell
//! whether a name is a secret's: `cargo bench -p behavior-trace-core`.
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

/// Names as they stand in most payloads.
const NAMES: [&str; 20] = [
    "id",
    "name",
    "email",
    "city",
    "plan",
    "active",
    "created_at",
    "updatedAt",
    "description",
    "customer_id",
    "shippingAddress",
    "total_amount",
    "status",
    "currency",
    "quantity",
    "assigned_to",
    "organization_name",
    "notes",
    "is_published",
    "country",
];

/// Half a page, as comments and descriptions are.
const TEXT: &str = "The customer asked on Monday to have the order split: two boxes go to the shop in Berlin, the rest to the \
    depot. Prices stay as agreed (see the offer of 2026-03-14), shipping is free. I called back at 14:30 and told Jane that \
    it is going to take until Friday. She is fine with it, and would like to be told by e-mail once the parcels are on \
    their way - https://example.org/orders/8812/track?lang=en shows it too. Nothing else is open as far as I know.";

#[derive(Serialize)]
struct Note {
    id: u64,
    title: &'static str,
    body: &'static str,
}

const NOTE: Note = Note {
    id: 8812,
    title: "Order split in two",
    body: TEXT,
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
    println!("{name:36} {:6} ns", best.as_nanos());
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
    measure("text of 480 bytes, serde_json alone", || {
        buffer.clear();
        serde_json::to_writer(&mut buffer, black_box(&NOTE)).expect("JSON");
    });
    measure("text of 480 bytes, masked", || {
        fields.clear();
        let _ = write_payload(&mut fields, &masks, black_box(&NOTE));
    });
    measure("20 names", || {
        for name in black_box(&NAMES) {
            black_box(masks.is_masked(name));
        }
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
