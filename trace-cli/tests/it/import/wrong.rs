//! Imports that cannot be meant, or whose databases cannot be used.

use std::fs;

use super::{G2, G3, SPATIE_V4, pairs};
use crate::tool::{Place, Ran, tool};

const CANARY: &str = "hunter2canary";

#[tokio::test]
async fn a_table_of_no_or_of_another_recorder_exits_with_1_and_the_remedy() {
    for (from, to) in pairs("cli_import_wrong").await {
        let none = G2.run(&from, &to, &[]);
        assert_eq!(none.code, Some(1), "{none:?}");
        assert!(
            none.err
                .contains("`maa_event_logging_behavior_trace` or `operational_activity`"),
            "{none:?}"
        );
        from.sql(SPATIE_V4.schema);
        let other = G2.run(&from, &to, &["--table", "activity_log"]);
        assert_eq!(other.code, Some(1), "{other:?}");
        assert!(
            other.err.contains("`activity_log` is of spatie-v4"),
            "{other:?}"
        );
        from.sql(G3.schema);
        let mut command = to.command(&["import", "php"]);
        let zone = command.env("BEHAVIOR_TRACE_IMPORT_URL", &from.url).output();
        let zone = Ran::of(zone.expect("the tool runs"));
        assert_eq!(zone.code, Some(1), "{zone:?}");
        assert!(zone.err.contains("give the zone of the writer"), "{zone:?}");
        let given = G3.run(
            &from,
            &to,
            &[
                "--generation",
                "g1",
                "--table",
                "maa_event_logging_behavior_trace",
            ],
        );
        assert_eq!(given.code, Some(1), "{given:?}");
        assert!(
            given
                .err
                .contains("it has no resource, resource_id, payload"),
            "{given:?}"
        );
        // With the table of another recorder beside it, there is only one for this command.
        G3.run(&from, &to, &[]).ok();
    }
}

#[test]
fn wrong_usage_exits_with_2() {
    let place = Place::sqlite();
    let url = format!("mysql://app:{CANARY}@127.0.0.1:1/shop");
    for (words, part) in [
        (
            &["import", "php", "--from-url", &*url][..],
            "BEHAVIOR_TRACE_IMPORT_URL",
        ),
        (&["import", "php"], "--from-url-file"),
        (
            &["import", "php", "--from-url-file", "none"],
            "cannot be read",
        ),
        (
            &["import", "php", "--zone-of-writer", "Mars/Olympus"],
            "Europe/Berlin",
        ),
        (&["import", "php", "--generation", "v4"], "g1, g2, g3"),
        (
            &["import", "spatie", "--max-rows-per-second", "0"],
            "0 is not in",
        ),
        (&["import"], "php"),
    ] {
        let ran = place.run(words);
        assert_eq!(ran.code, Some(2), "{words:?} {ran:?}");
        assert!(ran.err.contains(part), "{words:?} {ran:?}");
        assert!(!format!("{ran:?}").contains(CANARY), "{ran:?}");
    }
}

#[test]
fn a_database_that_is_unavailable_exits_with_75_whichever_it_is() {
    let place = Place::sqlite();
    fs::write(place.path().join("old"), "mysql://app@127.0.0.1:1/shop\n").expect("written");
    let words = [
        "import",
        "php",
        "--max-outage",
        "0s",
        "--from-url-file",
        "old",
    ];
    let source = place.run(&[&words[..], &["--dry-run"]].concat());
    assert_eq!(source.code, Some(75), "{source:?}");
    assert!(source.err.contains("the source failed"), "{source:?}");
    let mut command = tool(place.path());
    let destination = command
        .args(["import", "php", "--max-outage", "0s"])
        .env(
            "BEHAVIOR_TRACE_DATABASE_URL",
            "mysql://app@127.0.0.1:1/shop",
        )
        .output();
    let destination = Ran::of(destination.expect("the tool runs"));
    assert_eq!(destination.code, Some(75), "{destination:?}");
    // A dry run needs no database but that of the old table.
    let mut command = tool(place.path());
    let dry = command.args(words).arg("--dry-run").output();
    assert_eq!(dry.expect("the tool runs").status.code(), Some(75));
}

#[tokio::test]
async fn a_destination_without_the_table_exits_with_1_before_the_first_row() {
    for place in Place::servers("cli_import_no_table") {
        G3.record(&place, 3);
        let ran = place.run(G3.words);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(
            ran.err.contains("the destination failed") && ran.err.contains("migrat"),
            "{ran:?}"
        );
    }
}
