//! `spool drain --all`, and a drain that is interrupted.

use std::io::Read as _;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::spooled::Spooler;
use crate::tool::{Place, Ran};

fn summary(rows: &[Value]) -> Vec<(u64, &str, u64)> {
    let each = rows.iter().map(|row| {
        (
            row["slot"].as_u64().expect("a slot"),
            row["state"].as_str().expect("a state"),
            row["stored"].as_u64().expect("a number"),
        )
    });
    each.collect()
}

#[tokio::test]
async fn each_slot_whose_owner_is_gone_is_drained_and_reported() {
    for place in Place::each("cli_drain_all").await {
        let first = Spooler::start(&place.spool_dir(), 0..5);
        let alive = Spooler::start(&place.spool_dir(), 5..6);
        place.leave_spool(6..13);
        first.kill();
        let drained = place.run_spool(&["spool", "drain", "--all"]).lines();
        assert_eq!(
            summary(&drained),
            [(0, "drained", 5), (1, "owner_alive", 0), (2, "drained", 7)],
            "{}",
            place.store
        );
        assert_eq!(drained[1]["left"], 1);
        assert_eq!(place.run(&["query"]).lines().len(), 12, "{}", place.store);
        drop(alive);
    }
}

#[tokio::test]
async fn a_damaged_slot_holds_up_no_other() {
    let place = Place::each("cli_drain_damaged").await.remove(0);
    let first = Spooler::start(&place.spool_dir(), 0..5);
    place.leave_spool(5..8);
    first.kill();
    let slot = place.spool_dir().join("0");
    let _ = std::fs::remove_file(slot.join("spool.db-wal"));
    std::fs::write(slot.join("spool.db"), [0xff; 8192]).expect("written");
    let ran = place.run_spool(&["spool", "drain", "--all", "--output", "json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("0/spool.db"), "{ran:?}");
    let json: Value = serde_json::from_str(&ran.out).expect("JSON");
    let items = json["items"].as_array().expect("items");
    assert_eq!(summary(items), [(0, "failed", 0), (1, "drained", 3)]);
    assert_eq!(items[0]["left"], json!(null));
}

#[tokio::test]
async fn an_unavailable_database_ends_it_at_the_first_slot() {
    let place = Place::sqlite();
    let first = Spooler::start(&place.spool_dir(), 0..1);
    place.leave_spool(1..2);
    first.kill();
    let mut command = crate::tool::tool(place.path());
    let ran = command
        .args(["spool", "drain", "--all", "--spool-dir", "spool"])
        .env(
            "BEHAVIOR_TRACE_DATABASE_URL",
            "mysql://app@127.0.0.1:1/shop",
        )
        .output();
    let ran = Ran::of(ran.expect("the tool runs"));
    assert_eq!(ran.code, Some(75), "{ran:?}");
    let only: Value = serde_json::from_str(&ran.out).expect("one line");
    assert_eq!((&only["slot"], &only["left"]), (&json!(0), &json!(1)));
}

#[tokio::test]
async fn a_slot_that_another_drain_took_meanwhile_is_left_alone() {
    for place in Place::servers("cli_drain_two") {
        place.migrate().await;
        let first = Spooler::start(&place.spool_dir(), 0..1);
        place.leave_spool(1..2);
        first.kill();
        // The first drain reaches slot 1 while the second one has it.
        place.sql(
            "CREATE TRIGGER slow BEFORE INSERT ON operational_activity FOR EACH ROW \
             SET @slept = IF(NEW.resource_id = '0', SLEEP(3), IF(NEW.resource_id = '1', SLEEP(6), 0))",
        );
        let start = || {
            let mut command = place.command(&["spool", "drain", "--all"]);
            command.env("BEHAVIOR_TRACE_SPOOL_DIR", place.spool_dir());
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
            command.spawn().expect("the tool runs")
        };
        let one = start();
        let asleep = "SELECT COUNT(*) FROM information_schema.processlist WHERE state = 'User sleep' AND db = DATABASE()";
        while place.sql(asleep).trim() == "0" {
            std::thread::yield_now();
        }
        let other = start();
        let end = |tool: std::process::Child| {
            let ran = Ran::of(tool.wait_with_output().expect("an end"));
            ran.lines()
        };
        let lines = end(one);
        assert_eq!(
            summary(&lines),
            [(0, "drained", 1), (1, "owner_alive", 0)],
            "{}",
            place.store
        );
        let lines = end(other);
        assert_eq!(summary(&lines), [(0, "owner_alive", 0), (1, "drained", 1)]);
        place.sql("DROP TRIGGER slow");
    }
}

#[tokio::test]
async fn an_interrupt_exits_with_130_and_the_rest_is_drained_later() {
    for place in Place::servers("cli_drain_interrupt") {
        place.migrate().await;
        place.leave_spool(0..1_500);
        place.sql(
            "CREATE TRIGGER slow BEFORE INSERT ON operational_activity FOR EACH ROW \
             SET @slept = IF(NEW.resource_id = '1200', SLEEP(5), 0)",
        );
        let mut command = place.command(&["spool", "drain", "0"]);
        let mut tool = command
            .env("BEHAVIOR_TRACE_SPOOL_DIR", place.spool_dir())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the tool runs");
        while place
            .sql("SELECT COUNT(*) FROM operational_activity")
            .trim()
            == "0"
        {
            std::thread::yield_now();
        }
        // Its rows leave the spool before the next statement waits.
        while place.run_spool(&["spool", "show", "0"]).lines()[0]["rows"] != json!(500) {}
        kill_process(Pid::from_child(&tool), Signal::INT).expect("a signal");
        let code = tool.wait().expect("an end").code();
        let mut err = String::new();
        tool.stderr
            .take()
            .expect("a pipe")
            .read_to_string(&mut err)
            .expect("a text");
        assert_eq!(code, Some(130), "{err}");
        assert!(
            err.contains("interrupted; stored 1000 rows, and the others are still in the spool"),
            "{err}"
        );
        place.sql("DROP TRIGGER slow");
        let rest = place.run_spool(&["spool", "drain", "0"]).lines().remove(0);
        assert_eq!(rest["stored"], 500);
        let rows = place.run(&["query", "--all", "-n", "1000"]).lines();
        assert_eq!(rows.len(), 1_500, "{}", place.store);
    }
}
