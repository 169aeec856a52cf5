//! `export`.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use behavior_trace::record;

use crate::tool::Place;

async fn record_ids(place: &Place, ids: std::ops::Range<u32>) {
    place
        .record(async || {
            for id in ids {
                record!(
                    action = "note.update",
                    resource = "Note",
                    resource_id = id,
                    reason = "a \"b\",\nc"
                );
            }
        })
        .await;
}

fn ids_of_csv(text: &str) -> Vec<u64> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let id = |row: Result<csv::StringRecord, _>| row.expect("a row")[0].parse().expect("an id");
    reader.records().map(id).collect()
}

#[tokio::test]
async fn rows_go_to_standard_output_or_to_a_private_file() {
    for place in Place::each("cli_export").await {
        place.with_orders().await;
        let rows = place.run(&["export", "--settle", "0s"]).lines();
        assert_eq!(rows.len(), 4, "{}", place.store);
        let words = [
            "export",
            "--settle",
            "0s",
            "--to",
            "rows.csv",
            "--format",
            "csv",
            "--resource",
            "Order",
        ];
        let summary = place.run(&words).lines().remove(0);
        assert_eq!(summary["rows"], 3, "{summary}");
        let path = place.path().join("rows.csv");
        let text = fs::read_to_string(&path).expect("a file");
        assert_eq!(ids_of_csv(&text).len(), 3);
        let mode = fs::metadata(&path).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);

        let again = place.run(&words);
        assert_eq!(again.code, Some(1), "{again:?}");
        assert!(again.err.contains("--overwrite"), "{again:?}");
        assert_eq!(fs::read_to_string(&path).expect("a file"), text);
        place.run(&[&words[..], &["--overwrite"]].concat()).ok();
    }
}

#[tokio::test]
async fn a_second_run_with_a_state_adds_the_rows_since() {
    for place in Place::each("cli_export_state").await {
        let words = [
            "export",
            "--settle",
            "0s",
            "--to",
            "rows.csv",
            "--format",
            "csv",
            "--state",
            "rows.state",
        ];
        for (from, to) in [(0, 10), (10, 10), (10, 25)] {
            record_ids(&place, from..to).await;
            place.run(&words).ok();
            let ids =
                ids_of_csv(&fs::read_to_string(place.path().join("rows.csv")).expect("a file"));
            assert_eq!(ids.len(), to as usize, "{}", place.store);
            assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
        }
        let other = place.run(&[&words[..], &["--resource", "Order"]].concat());
        assert_eq!(other.code, Some(1), "{other:?}");
        assert!(other.err.contains("belongs to another export"), "{other:?}");

        fs::write(place.path().join("rows.csv"), "id\n").expect("written");
        let short = place.run(&words);
        assert_eq!(short.code, Some(1), "{short:?}");
        assert!(short.err.contains("rows are missing"), "{short:?}");
    }
}

#[tokio::test]
async fn an_export_that_was_killed_goes_on_and_has_each_id_once() {
    for place in Place::each("cli_export_kill").await {
        const ROWS: u32 = 50_000;
        record_ids(&place, 0..ROWS).await;
        let words = [
            "export",
            "--settle",
            "0s",
            "--to",
            "rows.csv",
            "--format",
            "csv",
            "--state",
            "rows.state",
        ];
        let file = place.path().join("rows.csv");
        for kill in 0..4 {
            let begun = fs::metadata(&file).map_or(0, |file| file.len());
            let mut tool = place.start(&words);
            while fs::metadata(&file).map_or(0, |file| file.len()) < begun + 700_000 * kill {
                let ended = tool.try_wait().expect("a state");
                assert_eq!(ended, None, "{} ended before kill {kill}", place.store);
                std::thread::yield_now();
            }
            tool.kill().expect("killed");
            tool.wait().expect("an end");
        }
        place.run(&words).ok();
        let ids = ids_of_csv(&fs::read_to_string(&file).expect("a file"));
        assert_eq!(ids.len(), ROWS as usize, "{}", place.store);
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    }
}

#[tokio::test]
async fn a_spreadsheet_gets_no_formula() {
    let place = Place::each("cli_spreadsheet").await.remove(0);
    place
        .record(async || {
            record!(
                action = "note.update",
                resource = "Note",
                resource_id = "=1+1"
            );
        })
        .await;
    let words = ["export", "--settle", "0s", "--format", "csv"];
    assert!(place.run(&words).ok().contains(",=1+1,"));
    let marked = place.run(&[&words[..], &["--spreadsheet"]].concat()).ok();
    assert!(marked.contains(",'=1+1,"), "{marked}");
    let other = place.run(&["export", "--spreadsheet"]);
    assert_eq!(other.code, Some(2), "{other:?}");
}
