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
        assert!(short.err.contains("rows of it are missing"), "{short:?}");
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

#[tokio::test]
async fn a_state_belongs_to_one_file_one_zone_and_one_run() {
    let place = Place::each("cli_export_bound").await.remove(0);
    record_ids(&place, 0..3).await;
    let words = |to: &'static str, more: &[&'static str]| {
        let begin = ["export", "--settle", "0s", "--to", to, "--state", "s.state"];
        [&begin[..], more].concat()
    };
    place.run(&words("rows.jsonl", &[])).ok();

    let stranger = place.path().join("other.bin");
    fs::write(&stranger, "kept\n".repeat(1_000)).expect("written");
    let other = place.run(&words("other.bin", &[]));
    assert_eq!(other.code, Some(1), "{other:?}");
    assert_eq!(fs::metadata(&stranger).expect("a file").len(), 5_000);
    let one = place.run(&words("s.state", &[]));
    assert_eq!(one.code, Some(2), "{one:?}");
    let relative = place.run(&words("rows.jsonl", &["--since", "2h"]));
    assert_eq!(relative.code, Some(2), "{relative:?}");

    let date = ["--since", "2026-01-01"];
    let dated = [
        "export", "--settle", "0s", "--to", "d.jsonl", "--state", "d.state",
    ];
    place.run(&[&dated[..], &date].concat()).ok();
    let zone = place.run(&[&dated[..], &date, &["--zone", "Asia/Tokyo"]].concat());
    assert_eq!(zone.code, Some(1), "{zone:?}");

    let lock = fs::File::create(place.path().join("s.state.lock")).expect("a lock");
    lock.lock().expect("locked");
    let second = place.run(&words("rows.jsonl", &[]));
    assert_eq!(second.code, Some(75), "{second:?}");
}

#[tokio::test]
async fn a_file_that_is_written_by_another_run_is_not_emptied() {
    let place = Place::each("cli_export_lock").await.remove(0);
    let path = place.path().join("rows.jsonl");
    fs::write(&path, "kept\n").expect("written");
    let file = fs::File::open(&path).expect("a file");
    file.lock().expect("locked");
    let words = [
        "export",
        "--settle",
        "0s",
        "--to",
        "rows.jsonl",
        "--overwrite",
    ];
    let ran = place.run(&words);
    assert_eq!(ran.code, Some(75), "{ran:?}");
    assert_eq!(fs::read_to_string(&path).expect("a text"), "kept\n");
    drop(file);
    place.run(&words).ok();
}

#[test]
fn an_export_from_an_unavailable_database_leaves_no_file() {
    let place = Place::sqlite();
    let mut command = place.command(&["export", "--settle", "0s", "--to", "rows.jsonl"]);
    command.env(
        "BEHAVIOR_TRACE_DATABASE_URL",
        "mysql://app@127.0.0.1:1/shop",
    );
    assert_eq!(command.status().expect("an end").code(), Some(75));
    assert!(!place.path().join("rows.jsonl").exists());
}

#[tokio::test]
async fn an_export_of_a_table_that_began_anew_is_an_error() {
    for place in Place::each("cli_export_anew").await {
        record_ids(&place, 0..3).await;
        let words = ["export", "--settle", "0s", "--after-id", "1000"];
        let ran = place.run(&words);
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{ran:?}");
        assert!(ran.err.contains("begin at 0"), "{ran:?}");
    }
}

#[tokio::test]
async fn a_device_takes_an_export_and_a_full_one_is_a_failure_that_names_it() {
    let place = Place::each("cli_export_device").await.remove(0);
    record_ids(&place, 0..3).await;
    let to = |path| ["export", "--settle", "0s", "--overwrite", "--to", path];
    place.run(&to("/dev/null")).ok();
    let full = place.run(&to("/dev/full"));
    assert_eq!(full.code, Some(1), "{full:?}");
    assert!(full.err.contains("/dev/full"), "{full:?}");
}

#[tokio::test]
async fn the_form_of_the_output_is_that_of_the_rows_where_it_can_be() {
    let place = Place::each("cli_export_form").await.remove(0);
    record_ids(&place, 0..1).await;
    let csv = place.run(&["export", "--settle", "0s", "-o", "csv"]).ok();
    assert!(csv.starts_with("id,event_id,"), "{csv}");
    let words = ["export", "--settle", "0s", "-o", "csv", "--format", "jsonl"];
    assert_eq!(place.run(&words).lines().len(), 1);
}

#[tokio::test]
async fn another_file_of_the_same_name_is_not_cut() {
    let place = Place::each("cli_export_replaced").await.remove(0);
    let words = [
        "export", "--settle", "0s", "--format", "csv", "--to", "rows.csv", "--state", "s.state",
    ];
    // The table is empty, so the state is of the headings alone.
    place.run(&words).ok();
    let path = place.path().join("rows.csv");
    fs::rename(&path, place.path().join("moved.csv")).expect("moved");
    let stranger = "id,event_id\n".repeat(100);
    fs::write(&path, &stranger).expect("written");
    let ran = place.run(&words);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("another file"), "{ran:?}");
    assert_eq!(fs::read_to_string(&path).expect("a text"), stranger);

    fs::rename(place.path().join("moved.csv"), &path).expect("moved back");
    record_ids(&place, 0..3).await;
    place.run(&words).ok();
    let text = fs::read_to_string(&path).expect("a text");
    assert_eq!(ids_of_csv(&text).len(), 3);
    assert_eq!(text.matches("event_id,occurred_at").count(), 1, "{text}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_url_from_a_pipe_is_read_once() {
    let place = Place::each("cli_export_pipe").await.remove(0);
    record_ids(&place, 0..1).await;
    let shell = format!(
        "printf %s '{}' | {} export --settle 0s --state s.state --database-url-file /dev/stdin",
        place.url,
        env!("CARGO_BIN_EXE_behavior-trace")
    );
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &shell]).current_dir(place.path());
    command.env_remove("BEHAVIOR_TRACE_DATABASE_URL");
    let ran = crate::tool::Ran::of(command.output().expect("the shell runs"));
    assert_eq!(ran.lines().len(), 1);
}
