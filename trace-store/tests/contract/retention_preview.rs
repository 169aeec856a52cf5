//! A preview of retention counts what a run removes, and changes nothing.

use std::time::Duration;

use behavior_trace_core::{Activity, Timestamp, activity};

use super::{Shelf, on_every_database, row};
use crate::retention::Retention;

on_every_database! {
    a_preview_counts_what_a_run_then_removes
    a_preview_stops_at_its_limit
    a_preview_of_young_rows_has_none_to_remove
    a_preview_fails_where_a_run_would
    a_run_keeps_the_rows_that_grew_old_after_its_preview
}

const DAY: Duration = Duration::from_hours(24);

fn days_old(days: i64, number: i64) -> Activity<'static> {
    let micros = Timestamp::now().as_micros() - days * 86_400_000_000 + number;
    activity! {
        occurred_at: Timestamp::from_micros(micros),
        ..row(number)
    }
}

/// Stores old and young rows and returns the time of the oldest.
async fn filled(shelf: &Shelf, old: i64, young: i64) -> Timestamp {
    let mut rows: Vec<_> = (0..young).map(|number| days_old(29, number)).collect();
    rows.extend((0..old).map(|number| days_old(31 + number % 5, number)));
    shelf.connect().await.insert(&rows).await.expect("stored");
    let times = rows.iter().map(|row| row.occurred_at);
    times.min().expect("a row")
}

async fn a_preview_counts_what_a_run_then_removes(shelf: Shelf) {
    let oldest = filled(&shelf, 2_400, 300).await;
    let retention = Retention::archive(&shelf.url, 30 * DAY).pause_factor(0);
    let preview = retention.preview_up_to(10_000).await.expect("a preview");
    assert_eq!((preview.rows, preview.is_exact), (2_400, true));
    assert_eq!(preview.oldest, Some(oldest));
    assert_eq!(shelf.stored().await.len(), 2_700, "nothing is changed");
    let report = retention.run(|_| ()).await.expect("it runs");
    assert_eq!(report.rows, preview.rows);
    let later = report.before.as_micros() - preview.before.as_micros();
    assert!((0..60_000_000).contains(&later), "{later} µs");
    let after = retention.preview_up_to(10_000).await.expect("a preview");
    assert_eq!((after.rows, after.is_exact), (0, true));
    assert!(after.oldest > Some(after.before));
}

async fn a_preview_stops_at_its_limit(shelf: Shelf) {
    filled(&shelf, 40, 3).await;
    let retention = Retention::delete(&shelf.url, 30 * DAY);
    for (limit, expected) in [
        (0, (0, false)),
        (39, (39, false)),
        (40, (40, true)),
        (u64::MAX, (40, true)),
    ] {
        let preview = retention.preview_up_to(limit).await.expect("a preview");
        assert_eq!((preview.rows, preview.is_exact), expected, "{limit}");
    }
}

async fn a_preview_of_young_rows_has_none_to_remove(shelf: Shelf) {
    let retention = Retention::delete(&shelf.url, 30 * DAY);
    let empty = retention.preview_up_to(10).await.expect("a preview");
    assert_eq!((empty.rows, empty.is_exact, empty.oldest), (0, true, None));
    let oldest = filled(&shelf, 0, 3).await;
    let young = retention.preview_up_to(10).await.expect("a preview");
    assert_eq!((young.rows, young.is_exact), (0, true));
    assert_eq!(young.oldest, Some(oldest));
}

async fn a_preview_fails_where_a_run_would(shelf: Shelf) {
    let young = Retention::delete(&shelf.url, 6 * DAY);
    let error = young.preview_up_to(10).await.expect_err("too young");
    assert!(error.to_string().contains("seven days"), "{error}");
    let stopped = Retention::delete(&shelf.url, 30 * DAY).max_rows_per_second(0);
    let error = stopped.preview_up_to(10).await.expect_err("no pace");
    assert!(error.to_string().contains("at least 1"), "{error}");
    shelf.sql("DROP TABLE operational_activity").await;
    let retention = Retention::delete(&shelf.url, 30 * DAY);
    let error = retention.preview_up_to(10).await.expect_err("no table");
    assert!(error.to_string().contains("run the migrations"), "{error}");
    assert!(!error.is_transient(), "{error}");
}

#[tokio::test]
async fn a_preview_of_a_mistyped_path_makes_no_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("actvity.db");
    let url = format!("sqlite:{}", file.display()).parse();
    let retention = Retention::delete(&url.expect("a good URL"), 30 * DAY);
    let error = retention.preview_up_to(10).await.expect_err("no file");
    assert!(
        error.to_string().contains("there is no such file"),
        "{error}"
    );
    assert!(!file.exists());
}

#[tokio::test]
async fn the_store_in_memory_has_no_preview() {
    let retention = Retention::delete(&Shelf::memory().url, 30 * DAY);
    let error = retention.preview_up_to(10).await.expect_err("no database");
    assert!(error.to_string().contains("use a database"), "{error}");
}

async fn a_run_keeps_the_rows_that_grew_old_after_its_preview(shelf: Shelf) {
    filled(&shelf, 12, 3).await;
    let retention = Retention::delete(&shelf.url, 30 * DAY).pause_factor(0);
    let preview = retention.preview_up_to(100).await.expect("a preview");
    // As old as can be when the run begins, and not yet at the preview.
    let micros = preview.before.as_micros();
    let grown_old = [micros, micros + 1].map(|micros| {
        activity! {
            occurred_at: Timestamp::from_micros(micros),
            ..row(micros)
        }
    });
    let stored = shelf.connect().await.insert(&grown_old).await;
    stored.expect("stored");
    let kept = retention.clone().keep_from(preview.before);
    let report = kept.run(|_| ()).await.expect("it runs");
    assert_eq!((report.rows, report.before), (12, preview.before));
    let late = Timestamp::from_micros(micros + 86_400_000_000);
    let report = retention.keep_from(late).run(|_| ()).await;
    let report = report.expect("it runs");
    assert_eq!(report.rows, 2, "a later time keeps no less than `keep`");
    assert_eq!(shelf.stored().await.len(), 3);
}
