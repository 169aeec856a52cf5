//! Tombstones of `erase`.

use std::fs;
use std::path::Path;

use behavior_trace_servers::DuckDb;
use serde_json::Value;

use crate::keeping::notes_days_ago;
use crate::tool::Place;

const PUBLISH: [&str; 7] = [
    "relay",
    "publish",
    "--to",
    "parquet:archive",
    "--settle",
    "0s",
    "--once",
];
const ERASE: [&str; 5] = ["erase", "user:7", "--fields", "email,phone", "--yes"];

async fn published() -> Place {
    let place = Place::sqlite();
    place.migrate().await;
    notes_days_ago(&place, 2, 3).await;
    place.run(&PUBLISH).ok();
    place
}

fn tombstones(folder: &Path) -> Vec<Value> {
    let Ok(entries) = fs::read_dir(folder.join("archive/erased")) else {
        return Vec::new();
    };
    let read = |path| serde_json::from_slice(&fs::read(path).expect("a file")).expect("JSON");
    entries
        .map(|entry| read(entry.expect("an entry").path()))
        .collect()
}

#[tokio::test]
async fn an_erasure_names_what_it_does_not_reach_and_asks_for_the_places_of_copies() {
    let place = published().await;
    let dry = place.run(&["erase", "user:7", "--dry-run"]);
    assert!(
        dry.err.contains("files and topics of relays") && dry.err.contains("--tombstone-to"),
        "{dry:?}"
    );
    let to = ["--tombstone-to", "parquet:archive"];
    let dry = place.run(&[&["erase", "user:7", "--dry-run"], &to[..]].concat());
    assert!(dry.err.contains("a tombstone goes to parquet:/"), "{dry:?}");
    assert_eq!(tombstones(place.path()).len(), 0);
}

#[tokio::test]
async fn a_tombstone_names_the_actor_the_fields_and_the_time_and_no_more() {
    let place = published().await;
    let erased = place.run(&[&ERASE[..], &["--tombstone-to", "parquet:archive"]].concat());
    let line = erased.lines().remove(0);
    assert_eq!(line["changed"], 3, "{line}");
    let path = line["tombstones"][0].as_str().expect("a place");
    assert!(path.contains("/archive/erased/"), "{line}");
    let found = tombstones(place.path());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["type"], "activity.erased");
    assert_eq!(
        (&found[0]["actor_type"], &found[0]["actor_id"]),
        (&"USER".into(), &7.into())
    );
    let fields = serde_json::json!(["actor_label", "email", "phone"]);
    assert_eq!(found[0]["payload_fields"], fields);
    assert!(!found[0].to_string().contains("canary"));
    // Again, of the place in the settings: nothing is left in the table, and copies may have more.
    fs::write(
        place.path().join("behavior-trace.toml"),
        "tombstone_to = ['parquet:archive']",
    )
    .expect("written");
    assert_eq!(place.run(&ERASE).lines()[0]["changed"], 0);
    assert_eq!(tombstones(place.path()).len(), 2);
}

#[tokio::test]
async fn a_place_without_an_archive_is_refused_before_anything_is_erased() {
    let place = published().await;
    fs::create_dir(place.path().join("empty")).expect("created");
    for target in ["parquet:elsewhere", "parquet:empty"] {
        let ran = place.run(&[&ERASE[..], &["--tombstone-to", target]].concat());
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains("nothing was published to"), "{ran:?}");
    }
    assert!(!place.path().join("elsewhere").exists());
    let rows = place.run(&["query", "--all"]).ok();
    assert!(rows.contains("canary@example.org"), "{rows}");
}

/// The query of the guide's page on archives.
fn query_of_the_guide() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/guide/src/archive.md");
    let page = fs::read_to_string(page).expect("the page");
    let (_, rest) = page.split_once("```sql\n").expect("a query");
    let query = rest.split_once("```").expect("its end").0;
    query.trim_end().trim_end_matches(';').to_owned()
}

#[tokio::test]
async fn the_query_of_the_guide_reads_the_files_of_the_manifests_without_what_was_erased() {
    let place = published().await;
    place
        .run(&[&ERASE[..], &["--tombstone-to", "parquet:archive"]].concat())
        .ok();
    // After the erasure Ada goes on.
    notes_days_ago(&place, 0, 2).await;
    place.run(&PUBLISH).ok();
    let duckdb = DuckDb::find().unwrap_or_else(|error| panic!("{error}"));
    let count = |sql: &str| {
        let rows = duckdb
            .query(place.path(), sql)
            .unwrap_or_else(|error| panic!("{error}"));
        rows[0]["rows"].as_u64().expect("a number")
    };
    let raw = "SELECT count(*) AS rows FROM 'archive/dt=*/*.parquet' WHERE payload LIKE '%canary@%' AND user_agent IS NOT NULL";
    assert_eq!(count(raw), 5);
    let query = query_of_the_guide();
    let erased = "SELECT count(*) AS rows FROM activity WHERE payload IS NULL AND user_agent IS NULL AND ip_address IS NULL";
    assert_eq!(count(&format!("{query}; {erased}")), 3);
    let kept = "SELECT count(*) AS rows FROM activity WHERE payload LIKE '%canary@%' AND user_agent = 'canary-agent'";
    assert_eq!(count(&format!("{query}; {kept}")), 2);
}
