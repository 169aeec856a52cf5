//! `spool drain` of one slot.

use behavior_trace_servers::{Kind, Server};
use serde_json::json;

use crate::spooled::Spooler;
use crate::tool::{Place, Ran, shown};

/// More than a page.
const ROWS: u32 = 2_500;

/// Returns the resource ids in the table, in order.
fn stored(place: &Place) -> Vec<u32> {
    let rows = place.run(&["query", "--all", "-n", "1000"]).lines();
    let id = |row: &serde_json::Value| row["resource_id"].as_str().and_then(|id| id.parse().ok());
    let mut ids: Vec<_> = rows.iter().map(|row| id(row).expect("an id")).collect();
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn the_rows_of_a_killed_process_are_in_the_table_once() {
    for place in Place::each("cli_drain").await {
        place.leave_spool(0..ROWS);
        let report = place.run_spool(&["spool", "drain", "0"]).lines().remove(0);
        let expected = json!({
            "schema": 1, "slot": 0, "state": "drained", "stored": ROWS, "dead_lettered": 0, "lost": 0, "left": 0,
            "left_because": null, "damaged_files": [], "problem": null,
        });
        assert_eq!(report, expected, "{}", place.store);
        assert_eq!(stored(&place), (0..ROWS).collect::<Vec<_>>());
        let listed = place.run_spool(&["spool", "list"]).lines().remove(0);
        assert_eq!((&listed["rows"], &listed["bytes"]), (&json!(0), &json!(0)));
        let again = place.run_spool(&["spool", "drain", "0"]).lines().remove(0);
        assert_eq!(again["stored"], 0);
        assert_eq!(stored(&place).len(), ROWS as usize);
    }
}

#[tokio::test]
async fn a_slot_of_a_living_process_is_refused_by_its_number() {
    let place = Place::each("cli_drain_alive").await.remove(0);
    let alive = Spooler::start(&place.spool_dir(), 0..2);
    let ran = place.run_spool(&["spool", "drain", "0", "--output", "json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(
        ran.err
            .contains("the spool in slot 0 belongs to a running process"),
        "{ran:?}"
    );
    let json: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(json["items"][0]["state"], "failed");
    assert_eq!(json["items"][0]["left"], 2);
    alive.kill();
    place.run_spool(&["spool", "drain", "0"]).ok();
    assert_eq!(stored(&place), [0, 1]);
}

#[tokio::test]
async fn a_refused_row_becomes_a_dead_letter_which_exits_with_3() {
    for place in Place::servers("cli_drain_letter") {
        place.migrate().await;
        place.leave_spool(0..20);
        place.sql(
            "ALTER TABLE operational_activity ADD CONSTRAINT not_seven CHECK (resource_id <> '7')",
        );
        let ran = place.run_spool(&["spool", "drain", "0", "--output", "table"]);
        assert_eq!(ran.code, Some(3), "{ran:?}");
        assert!(
            ran.err
                .contains("slot 0: 1 new dead letter; `behavior-trace dead-letters list`"),
            "{ran:?}"
        );
        shown("spool-drain", &ran.out, &[]);
        assert_eq!(stored(&place).len(), 19, "{}", place.store);
    }
}

#[tokio::test]
async fn a_row_that_is_refused_without_proof_is_left_which_exits_with_3() {
    for place in Place::servers("cli_drain_left") {
        place.migrate().await;
        place.leave_spool(0..3);
        // No other row passes after it.
        place.sql(
            "ALTER TABLE operational_activity ADD CONSTRAINT not_two CHECK (resource_id <> '2')",
        );
        let ran = place.run_spool(&["spool", "drain", "0"]);
        assert_eq!(ran.code, Some(3), "{ran:?}");
        assert!(
            ran.err.contains("slot 0: 1 row left") && ran.err.contains("not_two"),
            "{ran:?}"
        );
        let report: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
        assert_eq!((&report["stored"], &report["left"]), (&json!(2), &json!(1)));
        place.sql("ALTER TABLE operational_activity DROP CONSTRAINT not_two");
        place.run_spool(&["spool", "drain", "0"]).ok();
        assert_eq!(stored(&place), [0, 1, 2]);
    }
}

#[tokio::test]
async fn an_unavailable_database_exits_with_75_and_what_was_stored_and_a_later_run_goes_on() {
    for kind in [Kind::MariaDb, Kind::MySql] {
        let server = Server::builder(kind).start().expect("a server");
        let place = Place::on(server.database("cli_drain_outage").expect("a database"));
        place.migrate().await;
        place.leave_spool(0..ROWS);
        let before = drain_until_the_server_dies(&server, &place);
        assert_eq!(before.code, Some(75), "{kind:?} {before:?}");
        let report: serde_json::Value = serde_json::from_str(&before.out).expect("JSON");
        assert_eq!(report["state"], "failed", "{report}");
        let stored_before = report["stored"].as_u64().expect("a number");
        let left = report["left"].as_u64().expect("a number");
        assert!(
            stored_before == 1_000 && stored_before + left == u64::from(ROWS),
            "{report}"
        );
        assert!(
            before
                .err
                .contains(&format!("stored before: {stored_before} rows")),
            "{before:?}"
        );
        let after = place.run_spool(&["spool", "drain", "0"]).lines().remove(0);
        assert_eq!(after["stored"], left);
        assert_eq!(stored(&place), (0..ROWS).collect::<Vec<_>>(), "{kind:?}");
    }
}

/// Kills the server after the first page of a drain, in the middle of the second, and starts it again.
fn drain_until_the_server_dies(server: &Server, place: &Place) -> Ran {
    // The second page waits for longer than the look at the first one takes.
    let database = "cli_drain_outage";
    server
        .sql(&format!(
            "USE {database}; CREATE TRIGGER slow BEFORE INSERT ON operational_activity FOR EACH ROW \
             SET @slept = IF(NEW.resource_id = '1500', SLEEP(20), 0)"
        ))
        .expect("a trigger");
    let mut command = place.command(&["spool", "drain", "0"]);
    let tool = command
        .env("BEHAVIOR_TRACE_SPOOL_DIR", place.spool_dir())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the tool runs");
    // The first page is stored, and has left the spool.
    while place.run_spool(&["spool", "show", "0"]).lines()[0]["rows"] != json!(ROWS - 1_000) {}
    server.kill().expect("killed");
    let ran = Ran::of(tool.wait_with_output().expect("an end"));
    server.restart().expect("restarted");
    server
        .sql(&format!("DROP TRIGGER {database}.slow"))
        .expect("dropped");
    ran
}

#[test]
fn wrong_usage_exits_with_2_and_no_database_too() {
    let place = Place::sqlite();
    for words in [
        &["spool", "drain"][..],
        &["spool", "drain", "0", "--all"],
        &["spool", "drain", "zero"],
        &["spool"],
    ] {
        let ran = place.run_spool(words);
        assert_eq!(ran.code, Some(2), "{words:?} {ran:?}");
    }
    let mut command = crate::tool::tool(place.path());
    let ran = command
        .args(["spool", "drain", "0", "--spool-dir", "x"])
        .output();
    let ran = Ran::of(ran.expect("the tool runs"));
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("no database"), "{ran:?}");
}
