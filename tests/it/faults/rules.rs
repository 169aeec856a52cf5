//! Row 37: the policy is replaced under load.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use behavior_trace::policy::DefaultPolicy;
use behavior_trace::{BehaviorTrace, behavior_trace};
use behavior_trace_core::Masks;
use serde::Serialize;
use serde_json::Value;
use tracing_subscriber::prelude::*;

use super::report::Row;
use super::{load::Acked, rounds};
use crate::database::Database;

const WORKERS: usize = 2;
const PAIRS: usize = 8;

/// Pair of values in the payload. One policy masks the first and shows the second; the other does the reverse.
#[derive(Clone, Serialize)]
struct Pair {
    first: String,
    second: String,
}

#[derive(Clone, Serialize)]
struct Change {
    pairs: Vec<Pair>,
}

#[behavior_trace(action = "order.update", resource = "Order", resource_id = id, payload = after)]
fn update(id: &str, after: &Change) {
    // This test is not about the change itself.
    let _ = (id, after);
}

fn hiding(name: &str) -> DefaultPolicy {
    DefaultPolicy::new().with_masks(Masks::none().add(name))
}

#[test]
fn an_event_is_wholly_under_the_old_rules_or_wholly_under_the_new() {
    let database = Database::sqlite();
    let trace = BehaviorTrace::builder()
        .database_url(database.text())
        .migrate(true)
        .policy(hiding("first"))
        .build()
        .expect("a sound configuration");
    let working = AtomicUsize::new(WORKERS);
    let calls = rounds(2000, 20_000);
    let mut swaps = 0_u32;
    let mut acked = Acked::default();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..WORKERS)
            .map(|worker| {
                scope.spawn({
                    let (trace, working) = (&trace, &working);
                    move || work(trace, worker, calls, working)
                })
            })
            .collect();
        let handle = trace.handle();
        while working.load(Ordering::Relaxed) > 0 {
            swaps += 1;
            let name = if swaps.is_multiple_of(2) {
                "first"
            } else {
                "second"
            };
            handle.set_policy(Arc::new(hiding(name)));
        }
        for worker in workers {
            acked.ids.extend(worker.join().expect("no call panics"));
        }
    });
    let report = trace.flush_blocking(Duration::from_mins(1));
    assert!(report.is_complete(), "{report}");
    let payloads = payloads(&trace);
    let hidden = |name: &str| {
        payloads
            .iter()
            .filter(|payload| hides(payload, name))
            .count()
    };
    let (old, new) = (hidden("alpha-"), hidden("beta-"));
    assert!(
        old > 0 && new > 0,
        "{old} under one set of rules, {new} under the other"
    );
    assert_eq!(payloads.len(), acked.ids.len());
    let mut row = Row::on(37, "rules swapped under load", "SQLite");
    row.extra = serde_json::json!({"swaps": swaps, "first": old, "second": new});
    row.stats = trace.stats();
    let stored = acked.ids.iter().map(|id| (id.clone(), 1)).collect();
    row.compare(&acked, stored);
    row.conclude();
}

fn work(trace: &BehaviorTrace, worker: usize, calls: u32, working: &AtomicUsize) -> Vec<String> {
    let subscriber = tracing_subscriber::registry().with(trace.layer());
    let change = |when: &str| Change {
        pairs: vec![
            Pair {
                first: format!("alpha-{when}"),
                second: format!("beta-{when}"),
            };
            PAIRS
        ],
    };
    let ids = tracing::subscriber::with_default(subscriber, || {
        (0..calls)
            .map(|number| {
                let id = format!("{worker}-{number}");
                update(&id, &change("new"));
                id
            })
            .collect()
    });
    working.fetch_sub(1, Ordering::Relaxed);
    ids
}

fn payloads(trace: &BehaviorTrace) -> Vec<Value> {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let mut rows = trace.reader().query().limit(1000).stream();
        let mut payloads = Vec::new();
        while let Some(row) = rows.next().await {
            let payload = row.expect("a row").activity.payload;
            payloads.push(serde_json::from_str(&payload).expect("JSON"));
        }
        payloads
    })
}

/// Returns whether these values are masked and the others shown. Any mixture fails the test.
fn hides(payload: &Value, value: &str) -> bool {
    let text = payload.to_string();
    let shown = |value: &str| text.matches(value).count();
    let (first, second) = (shown("alpha-"), shown("beta-"));
    let is_pure = (first == 0) != (second == 0) && first + second == PAIRS;
    assert!(is_pure, "a mixture: {text}");
    shown(value) == 0
}
