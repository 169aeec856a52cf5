//! `spool list` and `spool show`.

use std::fs;

use serde_json::json;

use crate::spooled::Spooler;
use crate::tool::Place;

#[test]
fn a_list_has_each_slot_with_its_owner_its_rows_and_what_is_wrong() {
    let place = Place::sqlite();
    let alive = Spooler::start(&place.spool_dir(), 0..2);
    place.leave_spool(0..3);
    let list = place.run_spool(&["spool", "list"]).lines();
    assert_eq!(list.len(), 2);
    assert_eq!((&list[0]["slot"], &list[1]["slot"]), (&json!(0), &json!(1)));
    assert_eq!(list[0]["owner_alive"], true);
    assert_eq!(list[1]["owner_alive"], false);
    assert_eq!((&list[0]["rows"], &list[1]["rows"]), (&json!(2), &json!(3)));
    assert!(
        list[1]["oldest"]
            .as_str()
            .is_some_and(|time| time.ends_with('Z'))
    );

    let table = place
        .run_spool(&["spool", "list", "--output", "table"])
        .ok();
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<_> = table.lines().map(words).collect();
    let headings = "slot owner rows size oldest (UTC) dead letters damaged files problem";
    assert_eq!(lines[0], headings);
    assert!(
        lines[2].starts_with("0 alive 2 ") && lines[2].contains(" KiB "),
        "{table}"
    );
    assert!(
        lines[3].starts_with("1 gone 3 ") && lines[3].ends_with(" 0 0"),
        "{table}"
    );
    drop(alive);

    let json = place.run_spool(&["spool", "list", "--output", "json"]).ok();
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((&json["schema"], &json["next"]), (&json!(1), &json!(null)));
    let keys: Vec<_> = json["items"][0]
        .as_object()
        .expect("an object")
        .keys()
        .cloned()
        .collect();
    let expected = [
        "bytes",
        "damaged_files",
        "dead_letters",
        "oldest",
        "owner_alive",
        "problem",
        "rows",
        "slot",
    ];
    assert_eq!(keys, expected);
}

#[test]
fn a_damaged_file_is_named_with_its_problem() {
    let place = Place::sqlite();
    place.leave_spool(0..3);
    let file = place.spool_dir().join("0/spool.db");
    let _ = fs::remove_file(place.spool_dir().join("0/spool.db-wal"));
    fs::write(&file, [0xff; 8192]).expect("written");
    let shown = place
        .run_spool(&["spool", "show", "0", "--output", "table"])
        .ok();
    assert!(
        shown.contains("problem") && shown.contains("0/spool.db"),
        "{shown}"
    );
    let slot = place.run_spool(&["spool", "show", "0"]).lines().remove(0);
    assert_eq!(slot["rows"], json!(null));
    assert_eq!(slot["damaged_files"][0], json!(file));
    let drained = place.run_spool(&["spool", "drain", "0"]);
    assert_eq!(drained.code, Some(1), "{drained:?}");
    assert!(
        drained.err.contains("damaged and left as it is"),
        "{drained:?}"
    );
}

#[test]
fn a_slot_that_is_not_there_exits_with_4_and_a_directory_that_is_not_there_with_1() {
    let place = Place::sqlite();
    let none = place.run_spool(&["spool", "list"]);
    assert_eq!(none.code, Some(1), "{none:?}");
    fs::create_dir(place.spool_dir()).expect("created");
    let empty = place.run_spool(&["spool", "list"]);
    assert!(empty.err.starts_with("no slots"), "{empty:?}");
    assert_eq!(empty.ok(), "");
    let show = place.run_spool(&["spool", "show", "7"]);
    assert_eq!(show.code, Some(4), "{show:?}");
    assert!(show.err.contains("has no slot 7"), "{show:?}");
    let drain = place.run_spool(&["spool", "drain", "7"]);
    assert_eq!(drain.code, Some(1), "{drain:?}");
}

#[test]
fn the_directory_comes_from_the_option_then_the_variable_then_the_file() {
    let place = Place::sqlite();
    place.leave_spool(0..1);
    let unset = place.run(&["spool", "list"]);
    assert_eq!(unset.code, Some(2), "{unset:?}");
    assert!(unset.err.contains("--spool-dir"), "{unset:?}");
    for words in [
        ["spool", "--spool-dir", "spool", "list"],
        ["spool", "list", "--spool-dir", "spool"],
    ] {
        assert_eq!(place.run(&words).lines().len(), 1);
    }
    fs::write(
        place.path().join("behavior-trace.toml"),
        "spool_dir = 'spool'",
    )
    .expect("written");
    assert_eq!(place.run(&["spool", "list"]).lines().len(), 1);
    let mut other = place.command(&["spool", "list"]);
    let other = other.env("BEHAVIOR_TRACE_SPOOL_DIR", "elsewhere").output();
    assert_eq!(other.expect("the tool runs").status.code(), Some(1));
}
