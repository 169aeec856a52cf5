//! The files: what is in them, where they are, and that they stay.

use std::fs;

use behavior_trace_core::{Timestamp, activity};
use serde_json::{Value, json};

use crate::place::{EVENING, Place, row};

const COLUMNS: &str = "id, event_id, epoch_us(occurred_at) AS occurred_at, actor_type, actor_id, action, resource, resource_id, \
     payload, correlation_id, request_id, route_name, ip_address, user_agent";

#[tokio::test]
async fn duckdb_reads_each_row_as_the_table_has_it() {
    for place in Place::each("archive_rows").await {
        place.fill(2_500).await;
        let extremes = activity! {
            occurred_at: Timestamp::from_micros(EVENING - 86_400_000_000 * 300),
            actor_id: Some(i64::MIN),
            payload: format!("{{\"text\":\"{}\"}}", "😀\\n".repeat(5_000)).into(),
            ..row(9_999, 0)
        };
        place.insert(&[extremes]).await;
        let report = place.publish().await.expect("published");
        assert_eq!(
            (report.rows, report.files, report.seals),
            (2_501, 3, 1),
            "{}",
            place.store
        );

        let read = place.duckdb(&format!("SELECT {COLUMNS} FROM activity ORDER BY id"));
        let rows = place.rows().await;
        assert_eq!(read.len(), rows.len());
        for (read, mut row) in read.into_iter().zip(rows) {
            let time: Timestamp = row["occurred_at"]
                .as_str()
                .expect("a time")
                .parse()
                .expect("a time");
            row["occurred_at"] = time.as_micros().into();
            let payload: Value =
                serde_json::from_str(read["payload"].as_str().expect("a text")).expect("JSON");
            assert_eq!(payload, row["payload"].take(), "{}", place.store);
            row["payload"] = read["payload"].clone();
            assert_eq!(read, row, "{}", place.store);
        }
    }
}

#[tokio::test]
async fn columns_have_their_types_and_a_file_has_the_rows_of_its_day() {
    let place = Place::sqlite().await;
    place.fill(10).await;
    place.publish().await.expect("published");
    let types = place.duckdb(
        "SELECT DISTINCT typeof(id) AS id, typeof(occurred_at) AS occurred_at, typeof(actor_id) AS actor_id, \
         typeof(payload) AS payload, typeof(event_id) AS event_id FROM files",
    );
    let expected = json!({
        "id": "UBIGINT", "occurred_at": "TIMESTAMP WITH TIME ZONE", "actor_id": "BIGINT", "payload": "VARCHAR", "event_id": "VARCHAR"
    });
    assert_eq!(types, [expected]);
    let days = place.duckdb(
        "SELECT dt::VARCHAR AS dt, count(*) AS rows, min(id) AS first, max(id) AS last, \
         bool_and(epoch_us(occurred_at) // 86400000000 = epoch_us(dt::TIMESTAMP) // 86400000000) AS of_day \
         FROM activity GROUP BY dt ORDER BY dt",
    );
    assert_eq!(
        days,
        [
            json!({"dt": "2026-11-30", "rows": 5, "first": 1, "last": 9, "of_day": true}),
            json!({"dt": "2026-12-01", "rows": 5, "first": 2, "last": 10, "of_day": true}),
        ]
    );
    assert_eq!(
        place.files(),
        ["dt=2026-11-30/1-9.parquet", "dt=2026-12-01/2-10.parquet"]
    );
}

#[tokio::test]
async fn a_manifest_names_size_and_checksum_of_its_files() {
    let place = Place::sqlite().await;
    place.fill(10).await;
    place.publish().await.expect("published");
    for file in place.manifests().remove(0).files {
        let path = place.path().join(&file.path);
        assert_eq!(fs::metadata(&path).expect("a file").len(), file.bytes);
        let sum = std::process::Command::new("sha256sum")
            .arg(&path)
            .output()
            .expect("runs");
        assert!(String::from_utf8_lossy(&sum.stdout).starts_with(&file.sha256));
    }
}

#[tokio::test]
async fn a_row_that_is_stored_late_is_in_a_later_file_of_its_day_and_no_file_changes() {
    for place in Place::each("archive_late").await {
        place.fill(6).await;
        place.publish().await.expect("published");
        let first: Vec<_> = place.files();
        let before: Vec<_> = first
            .iter()
            .map(|path| fs::read(place.path().join(path)).expect("a file"))
            .collect();
        // Out of a spool: of the evening before.
        place.insert(&[row(100, EVENING)]).await;
        let second = place.publish().await.expect("published");
        assert_eq!((second.rows, second.files), (1, 1), "{}", place.store);
        let after: Vec<_> = first
            .iter()
            .map(|path| fs::read(place.path().join(path)).expect("a file"))
            .collect();
        assert_eq!(before, after, "{}", place.store);
        assert!(
            place.files()[2].starts_with("dt=2026-11-30/"),
            "{:?}",
            place.files()
        );
        place.assert_each_row_once().await;
        // Nothing is written where nothing is new.
        let third = place.publish().await.expect("published");
        assert_eq!((third.rows, third.seals), (0, 0));
        assert_eq!(place.manifests().len(), 2);
    }
}
