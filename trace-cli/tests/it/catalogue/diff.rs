//! `catalogue diff`.

use std::fs;

use serde_json::Value;

use super::{NEW, OLD, settings, write};
use crate::tool::{Place, Ran, shown};

const BEFORE: [&str; 6] = [
    "order.approve Order shop::orders::approve resource_id",
    "order.archive Order shop::orders::archive resource_id",
    "order.create Order shop::orders::create payload resource_id",
    "invoice.send Invoice shop::invoices::send resource_id",
    "note.create Note shop::notes::-",
    "user.update User shop::users::update resource_id",
];

const AFTER: [&str; 6] = [
    "order.accept Order shop::orders::approve resource_id",
    "order.create Order shop::orders::create outcome resource_id",
    "invoice.send Invoice shop::invoices::mail::send resource_id",
    "note.create Memo shop::notes::-",
    "user.update User shop::users::update resource_id",
    "user.invite User shop::users::invite resource_id",
];

const LISTED: &str = r#"
[renames]
"order.approve" = { to = "order.accept", reason = "as people call it" }
"order.archive" = { reason = "removed with the old shop" }
"order.create" = { fields = ["payload"], reason = "unread" }
"note.create Note" = { to = "note.create Memo", reason = "one word" }
"#;

fn diff(place: &Place, words: &[&str]) -> Ran {
    place.run(&[&["catalogue", "diff", OLD, NEW], words].concat())
}

fn changed() -> Place {
    let place = Place::sqlite();
    write(&place, OLD, &BEFORE);
    write(&place, NEW, &AFTER);
    place
}

#[test]
fn each_change_is_shown_and_what_vanished_exits_with_3() {
    let place = changed();
    let ran = diff(&place, &["--output", "table"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert_eq!(
        ran.err,
        "behavior-trace: 4 changes may break what reads these names; list each with its reason under `[renames]` in \
         behavior-trace.toml\n"
    );
    shown("catalogue-diff", &ran.out, &[]);
}

#[test]
fn what_is_listed_with_its_reason_exits_with_0() {
    let place = changed();
    settings(&place, LISTED);
    let ran = diff(&place, &["--output", "table"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""), "{ran:?}");
    shown("catalogue-diff-listed", &ran.out, &[]);
}

#[test]
fn each_entry_is_needed_and_another_new_name_is_not_what_is_listed() {
    let place = changed();
    let entries = LISTED.lines().filter(|line| line.starts_with('"'));
    for left_out in entries {
        settings(&place, &LISTED.replace(left_out, ""));
        let ran = diff(&place, &[]);
        assert_eq!(ran.code, Some(3), "without {left_out}: {ran:?}");
        assert!(ran.err.contains("1 change may break"), "{ran:?}");
    }
    settings(&place, &LISTED.replace("order.accept", "order.allow"));
    assert_eq!(diff(&place, &[]).code, Some(3));
}

#[test]
fn a_listed_removal_holds_where_the_function_records_another_action() {
    let place = Place::sqlite();
    write(&place, OLD, &["order.archive Order shop::orders::archive"]);
    write(&place, NEW, &["order.close Order shop::orders::archive"]);
    settings(
        &place,
        "[renames]\n\"order.archive\" = { reason = \"sold\" }\n",
    );
    let ran = diff(&place, &[]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let renamed = &ran.lines()[0];
    assert_eq!(
        (&renamed["change"], &renamed["reason"]),
        (&"renamed".into(), &"sold".into())
    );
}

#[test]
fn json_and_csv_have_the_same_changes() {
    let place = changed();
    settings(&place, LISTED);
    let lines = diff(&place, &[]).lines();
    assert!(lines.iter().all(|line| line["schema"] == 1));
    let renamed = &lines[1];
    assert_eq!(
        (&renamed["change"], &renamed["breaks"], &renamed["reason"]),
        (&"renamed".into(), &false.into(), &"one word".into())
    );
    assert_eq!(renamed["old_resource"], "Note");
    assert_eq!(renamed["new_resource"], "Memo");
    assert_eq!(renamed["new_function"], "shop::notes::record!");

    let json: Value =
        serde_json::from_str(&diff(&place, &["--output", "json"]).ok()).expect("JSON");
    assert_eq!(json["items"].as_array().map(Vec::len), Some(lines.len()));
    let csv = diff(&place, &["--output", "csv"]).ok();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let kinds: Vec<_> = reader
        .records()
        .map(|row| row.expect("a row")[0].to_owned())
        .collect();
    assert_eq!(
        kinds,
        ["removed", "renamed", "renamed", "fields", "moved", "added"]
    );
}

#[test]
fn a_moved_or_added_function_or_field_breaks_nothing() {
    let place = Place::sqlite();
    write(
        &place,
        OLD,
        &["a.b A shop::f", "c.d C shop::g", "c.d C shop::h"],
    );
    let now = [
        "a.b A shop::new::f payload",
        "c.d C shop::g",
        "e.f E shop::i",
    ];
    write(&place, NEW, &now);
    let ran = diff(&place, &[]);
    let lines = ran.lines();
    let kinds: Vec<_> = lines
        .iter()
        .filter_map(|line| line["change"].as_str())
        .collect();
    assert_eq!(kinds, ["removed", "moved", "added"]);
    assert!(lines.iter().all(|line| line["breaks"] == false));

    write(
        &place,
        NEW,
        &["a.b A shop::f", "c.d C shop::g", "c.d C shop::h"],
    );
    let same = diff(&place, &[]);
    assert_eq!((same.out.as_str(), same.err.as_str()), ("", "no changes\n"));
    assert_eq!(same.code, Some(0));
}

#[test]
fn what_cannot_be_compared_is_an_error_that_names_the_file() {
    let place = changed();
    let missing = place.run(&["catalogue", "diff", "none.json", NEW]);
    assert_eq!(missing.code, Some(2), "{missing:?}");
    assert!(
        missing.err.contains("`none.json` cannot be read"),
        "{missing:?}"
    );
    fs::write(place.path().join(OLD), "{\"schema\":7}").expect("written");
    let newer = diff(&place, &[]);
    assert_eq!(newer.code, Some(1), "{newer:?}");
    assert!(
        newer.err.contains("`old.json`: the schema is 7"),
        "{newer:?}"
    );
    for (text, expected) in [
        ("[renames]\n\"a.b\" = { reason = \"\" }", "empty `reason`"),
        (
            "[renames]\n\"a.b\" = { to = \"a.c\" }",
            "line 2: missing field `reason`",
        ),
        (
            "[renames]\n\"a.b\" = { too = \"a.c\", reason = \"x\" }",
            "unknown field `too`",
        ),
    ] {
        settings(&place, text);
        let ran = diff(&place, &[]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains(expected), "{expected}: {ran:?}");
    }
}
