//! `relay publish`.

use std::fs;
use std::path::Path;
use std::process::{Child, Command};

use behavior_trace::record;
use behavior_trace_servers::DuckDb;
use serde_json::Value;

use crate::tool::{Place, Ran};

const FOLLOW: [&str; 11] = [
    "relay",
    "publish",
    "--to",
    "parquet:archive",
    "--settle",
    "0s",
    "--every",
    "0s",
    "--poll-interval",
    "5ms",
    "-q",
];
const ONCE: [&str; 7] = [
    "relay",
    "publish",
    "--to",
    "parquet:archive",
    "--settle",
    "0s",
    "--once",
];

pub(super) async fn record_ids(place: &Place, ids: std::ops::Range<u32>) {
    place
        .record(async || {
            for id in ids {
                record!(
                    action = "note.update",
                    resource = "Note",
                    resource_id = id,
                    payload = serde_json::json!({"email": "canary@example.org"})
                );
            }
        })
        .await;
}

/// Returns the manifests of the archive in the folder of a place, in their order.
fn manifests(folder: &Path) -> Vec<Value> {
    let Ok(entries) = fs::read_dir(folder.join("archive/manifests")) else {
        return Vec::new();
    };
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    });
    paths.sort();
    let read = |path| serde_json::from_slice(&fs::read(path).expect("a manifest")).expect("JSON");
    paths.into_iter().map(read).collect()
}

/// Returns the ids of the rows in the files that the manifests name, as DuckDB reads them.
pub(super) fn published_ids(folder: &Path) -> Vec<u64> {
    let manifests = manifests(folder);
    let files = manifests
        .iter()
        .flat_map(|manifest| manifest["files"].as_array().expect("files"));
    let files: Vec<_> = files
        .map(|file| format!("'archive/{}'", file["path"].as_str().expect("a path")))
        .collect();
    let duckdb = DuckDb::find().unwrap_or_else(|error| panic!("{error}"));
    let sql = format!(
        "SELECT id::BIGINT AS id FROM read_parquet([{}]) ORDER BY id",
        files.join(", ")
    );
    let rows = duckdb
        .query(folder, &sql)
        .unwrap_or_else(|error| panic!("{error}"));
    rows.iter()
        .map(|row| row["id"].as_u64().expect("an id"))
        .collect()
}

/// Returns the ids of the table.
pub(super) fn stored_ids(place: &Place) -> Vec<u64> {
    let rows = place.run(&["export", "--settle", "0s"]).lines();
    rows.iter()
        .map(|row| row["id"].as_u64().expect("an id"))
        .collect()
}

fn number_of_manifests(place: &Place) -> usize {
    manifests(place.path()).len()
}

/// Waits until there are so many manifests, or all rows are published, or the tool has ended.
fn wait_for(place: &Place, tool: &mut Child, seals: usize, rows: u64) {
    loop {
        let manifests = manifests(place.path());
        let published = manifests
            .iter()
            .filter_map(|manifest| manifest["rows"].as_u64());
        if manifests.len() >= seals || published.sum::<u64>() >= rows {
            return;
        }
        let ended = tool.try_wait().expect("a state");
        assert_eq!(ended, None, "{}", place.store);
        std::thread::yield_now();
    }
}

fn terminate(tool: &Child) {
    let id = tool.id().to_string();
    let status = Command::new("kill").args(["-TERM", &id]).status();
    assert!(status.expect("kill runs").success());
}

#[tokio::test]
async fn the_rows_of_now_are_published_once_and_each_seal_is_printed() {
    for place in Place::each("cli_publish").await {
        record_ids(&place, 0..300).await;
        let seals = place.run(&ONCE).lines();
        assert_eq!(seals.len(), 1, "{}", place.store);
        assert_eq!(
            (&seals[0]["rows"], &seals[0]["last_id"]),
            (&300.into(), &stored_ids(&place)[299].into())
        );
        assert_eq!(
            published_ids(place.path()),
            stored_ids(&place),
            "{}",
            place.store
        );
        // The next night.
        assert_eq!(place.run(&ONCE).lines().len(), 0);
        record_ids(&place, 300..310).await;
        assert_eq!(place.run(&ONCE).lines()[0]["rows"], 10);
        assert_eq!(
            published_ids(place.path()),
            stored_ids(&place),
            "{}",
            place.store
        );
    }
}

#[tokio::test]
async fn a_publication_that_is_killed_again_and_again_has_each_row_once() {
    /// Rows of a round: a seal has those of one look at the table, at most a thousand.
    const ROWS: u32 = 4_000;
    for place in Place::each("cli_publish_kill").await {
        for kill in 0..6_u32 {
            let recorded = (kill + 1) * ROWS;
            record_ids(&place, kill * ROWS..recorded).await;
            let before = number_of_manifests(&place);
            let mut tool = place.start(&FOLLOW);
            // At a seal that is known, and then some steps later, other ones in each round.
            let seals = before + 1 + kill as usize % 3;
            wait_for(&place, &mut tool, seals, recorded.into());
            for _ in 0..kill * 40 {
                std::thread::yield_now();
            }
            tool.kill().expect("killed");
            tool.wait().expect("ended");
        }
        let ran = place.run(&ONCE);
        let stored = stored_ids(&place);
        let published = published_ids(place.path());
        assert_eq!(
            published.len(),
            stored.len(),
            "{}: {}",
            place.store,
            ran.err
        );
        assert_eq!(published, stored, "{}: {}", place.store, ran.err);
    }
}

#[tokio::test]
async fn a_signal_seals_what_was_read_and_ends_in_order() {
    let place = Place::sqlite();
    place.migrate().await;
    record_ids(&place, 0..50).await;
    let mut tool = place.start(&FOLLOW);
    wait_for(&place, &mut tool, 1, 50);
    terminate(&tool);
    let ended = Ran::of(tool.wait_with_output().expect("ended"));
    assert_eq!(ended.code, Some(130), "{ended:?}");
    assert!(
        ended.err.contains("interrupted after 50 rows in")
            && ended.err.contains("run the same command again"),
        "{ended:?}"
    );
    assert_eq!(published_ids(place.path()), stored_ids(&place));
}

#[tokio::test]
async fn hidden_fields_are_not_in_the_files_and_cannot_be_forgotten_later() {
    let place = Place::sqlite();
    place.migrate().await;
    record_ids(&place, 0..5).await;
    let hide = [&ONCE[..], &["--hide", "ip_address,email"]].concat();
    let ran = place.run(&hide);
    assert!(
        ran.err
            .contains("without the columns: ip_address, and without the payload fields: email"),
        "{ran:?}"
    );
    ran.ok();
    let duckdb = DuckDb::find().unwrap_or_else(|error| panic!("{error}"));
    let rows = duckdb
        .query(place.path(), "SELECT * FROM 'archive/dt=*/*.parquet'")
        .expect("rows");
    let text = format!("{rows:?}");
    assert!(
        text.contains("[hidden]") && !text.contains("canary"),
        "{text}"
    );

    let forgotten = place.run(&ONCE);
    assert_eq!(forgotten.code, Some(2), "{forgotten:?}");
    assert!(
        forgotten.err.contains("hide ip_address, email too"),
        "{forgotten:?}"
    );
    let needed = place.run(&[&ONCE[..], &["--hide", "action"]].concat());
    assert_eq!(needed.code, Some(2), "{needed:?}");
}

#[tokio::test]
async fn a_target_that_cannot_be_meant_is_wrong_usage_and_shows_no_secret() {
    let place = Place::sqlite();
    place.migrate().await;
    for target in ["archive", "s3://key:hunter2@bucket/x", "parquet:"] {
        let ran = place.run(&["relay", "publish", "--once", "--to", target]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(!ran.err.contains("hunter2"), "{ran:?}");
    }
    let json = place.run(&["relay", "publish", "--to", "parquet:archive", "-o", "json"]);
    assert_eq!(json.code, Some(2), "{json:?}");
}

#[tokio::test]
async fn a_file_in_the_way_is_a_failure_that_names_it() {
    let place = Place::sqlite();
    place.migrate().await;
    record_ids(&place, 0..5).await;
    place.run(&ONCE).ok();
    let file = manifests(place.path())[0]["files"][0]["path"]
        .as_str()
        .expect("a path")
        .to_owned();
    for folder in ["archive/manifests", "archive/plans"] {
        fs::remove_dir_all(place.path().join(folder)).expect("removed");
    }
    fs::write(place.path().join("archive").join(&file), "other").expect("written");
    let ran = place.run(&ONCE);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.err.contains(&file) && ran.err.contains("remove it"),
        "{ran:?}"
    );
}
