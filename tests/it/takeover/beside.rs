//! PHP and the recorder store rows in one table at the same time, and both read all of it.

use std::collections::HashSet;
use std::process::Child;
use std::time::Duration;

use behavior_trace::query::StoredActivity;
use behavior_trace::retention::Retention;
use behavior_trace::schema::{MigrationState, Migrations};
use behavior_trace::{BehaviorTrace, behavior_trace};
use behavior_trace_servers::Kind;
use tracing_subscriber::prelude::*;

use super::{number, on_both_servers, read_all};
use crate::database::Database;
use crate::php::{G1, read};

on_both_servers! {
    php_and_the_recorder_store_side_by_side_and_both_read_all
}

/// Rows that were there before the takeover, rows that PHP adds beside the recorder, and rows of the recorder.
const BEFORE: u32 = 5_000;
const BESIDE: u32 = 15_000;
const OURS: u64 = 20_000;

#[behavior_trace(action = "order.approve", resource = "Order", resource_id = id, payload = id)]
fn approve(id: u64) -> Result<u64, String> {
    Ok(id)
}

async fn php_and_the_recorder_store_side_by_side_and_both_read_all(kind: Kind) {
    let database = Database::on(kind, "php_and_the_recorder_side_by_side");
    G1.fill(&database, BEFORE).await;
    let mut php = G1.recorder(&database, BESIDE);
    let php = php.arg(format!("--from={BEFORE}")).spawn().expect("PHP");
    record(&database);
    assert!(ended(php), "PHP was refused a row");

    let migrations = Migrations::new(database.url()).status().await;
    let states: Vec<_> = migrations
        .expect("a status")
        .iter()
        .map(|migration| migration.state)
        .collect();
    assert_eq!(states, [MigrationState::TakenOver, MigrationState::Applied]);
    let theirs = u64::from(BEFORE + BESIDE);
    let rows = read_all(&database).await;
    check(&rows, theirs);
    assert_eq!(read(&database), format!("{} 0\n", theirs + OURS));

    archive(&database, theirs).await;
}

/// Lets a recorder take over the table and store its rows.
fn record(database: &Database) {
    let trace = BehaviorTrace::builder()
        .database_url(database.text())
        .migrate(true)
        .build()
        .expect("a good configuration");
    tracing::subscriber::with_default(tracing_subscriber::registry().with(trace.layer()), || {
        let verification = trace.verify_blocking(Duration::from_mins(1));
        assert!(verification.is_ok(), "{verification}");
        for id in 0..OURS {
            approve(id).expect("approved");
        }
    });
    let handle = trace.handle();
    let report = trace.shutdown_blocking(Duration::from_mins(2));
    assert!(report.is_complete(), "{report}");
    assert_eq!(handle.stats().stored, OURS);
}

fn ended(mut php: Child) -> bool {
    php.wait().expect("PHP ends").success()
}

fn check(rows: &[StoredActivity], theirs: u64) {
    let ids: HashSet<_> = rows.iter().map(|row| row.activity.event_id).collect();
    assert_eq!((rows.len() as u64, ids.len()), (theirs + OURS, rows.len()));
    let damaged: Vec<_> = rows.iter().filter(|row| !row.damaged.is_empty()).collect();
    assert!(damaged.is_empty(), "{:?}", damaged.first());
    let ours = rows.iter().filter(|row| row.activity.resource == "Order");
    let approved: HashSet<_> = ours
        .filter(|row| row.activity.action == "order.approve")
        .filter_map(|row| row.activity.resource_id.as_deref())
        .collect();
    assert_eq!(approved.len() as u64, OURS);

    // Of each 50 rows of PHP one has no payload, and two have an actor's id beyond `i64`.
    let with = |payload: &str| {
        let rows = rows.iter().filter(|row| row.activity.payload == payload);
        rows.count() as u64
    };
    assert_eq!(with("{}"), theirs / 50);
    for beyond in ["18446744073709551615", "9223372036854775808"] {
        let found: Vec<_> = rows
            .iter()
            .filter_map(|row| row.payload().map(|payload| (row, payload)))
            .filter(|(_, payload)| payload["actor_ref"] == beyond)
            .collect();
        assert_eq!(found.len() as u64, theirs / 50, "{beyond}");
        for (row, payload) in found {
            assert_eq!(row.activity.actor_id, None);
            assert!(payload["changed"].is_object(), "{payload}");
        }
    }
    assert!(rows.iter().all(|row| row.activity.actor_id != Some(-1)));
}

/// Moves the rows of PHP, which are the old ones, to the archive.
async fn archive(database: &Database, theirs: u64) {
    let report = Retention::archive(database.url(), Retention::MIN_KEEP)
        .pause_factor(0)
        .run(|_| ())
        .await
        .expect("the old rows move");
    assert_eq!(report.rows, theirs);
    let mut host = database.mysql().await;
    let kept = number(&mut host, "SELECT COUNT(*) FROM operational_activity").await;
    let archived = "SELECT COUNT(*) FROM operational_activity_archive WHERE payload IS NOT NULL";
    let archived = number(&mut host, archived).await;
    assert_eq!(
        (kept.cast_unsigned(), archived.cast_unsigned()),
        (OURS, theirs)
    );
}
