//! `retention`.

use std::time::{Duration, Instant};

use behavior_trace::record;
use behavior_trace_servers::{Kind, Server, Terminal};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::keeping::{notes_days_ago, record_earlier, rows};
use crate::tool::{Place, Ran, shown};

const DELETE: [&str; 5] = ["retention", "run", "--keep", "30d", "--delete"];
const ARCHIVE: [&str; 5] = ["retention", "run", "--keep", "30d", "--archive"];
const PREVIEW: [&str; 4] = ["retention", "preview", "--keep", "30d"];

fn preview(place: &Place, options: &[&str]) -> Value {
    let words = [&PREVIEW[..], options].concat();
    place.run(&words).lines().remove(0)
}

#[tokio::test]
async fn a_preview_counts_what_a_run_removes() {
    for place in Place::each("cli_retention").await {
        let empty = preview(&place, &[]);
        assert_eq!(
            (&empty["rows"], &empty["oldest"]),
            (&0.into(), &Value::Null)
        );
        notes_days_ago(&place, 40, 12).await;
        notes_days_ago(&place, 2, 3).await;
        let found = preview(&place, &[]);
        assert_eq!(
            (&found["rows"], &found["is_exact"]),
            (&12.into(), &true.into())
        );
        assert!(
            found["oldest"].as_str() < found["before"].as_str(),
            "{found}"
        );
        let limited = preview(&place, &["--limit", "5"]);
        assert_eq!(
            (&limited["rows"], &limited["is_exact"]),
            (&5.into(), &false.into())
        );
        let limited = ["--limit", "5", "-o", "table", "--zone", "Asia/Tokyo"];
        let table = place.run(&[&PREVIEW[..], &limited].concat()).ok();
        shown("retention-preview", &table, &[]);
        assert_eq!(rows(&place), 15, "{}", place.store);

        let report = place
            .run(&[&ARCHIVE[..], &["--yes"]].concat())
            .lines()
            .remove(0);
        assert_eq!(
            (&report["rows"], &report["done"]),
            (&12.into(), &"moved".into())
        );
        assert_eq!(rows(&place), 3, "{}", place.store);
        let all = place.run(&["query", "--all", "--with-archive"]).lines();
        assert_eq!(all.len(), 15, "{}", place.store);
    }
}

#[tokio::test]
async fn rows_are_deleted_at_the_pace_that_is_asked_for() {
    for place in Place::each("cli_retention_pace").await {
        notes_days_ago(&place, 40, 60).await;
        let pace = [
            "--yes",
            "--max-rows-per-second",
            "100",
            "--pause-factor",
            "0",
        ];
        let ran = place.run(&[&DELETE[..], &pace].concat());
        let is_preview = ran.err.starts_with("60 rows of `") && ran.err.lines().count() == 1;
        assert!(is_preview, "no bar where there is no terminal: {ran:?}");
        let report = ran.lines().remove(0);
        assert_eq!(
            (&report["rows"], &report["done"]),
            (&60.into(), &"deleted".into())
        );
        assert!(report["elapsed_seconds"].as_f64() >= Some(0.6), "{report}");
        assert_eq!(place.run(&["query", "--with-archive"]).lines().len(), 0);
        let table = [&DELETE[..], &["--yes", "-o", "table"]].concat();
        let table = place.run(&table).ok();
        assert!(
            table.contains("seconds") && table.contains("deleted"),
            "{table}"
        );
    }
}

#[tokio::test]
async fn without_a_terminal_nothing_is_removed_unless_consent_is_given() {
    for place in Place::each("cli_retention_consent").await {
        notes_days_ago(&place, 40, 4).await;
        for words in [DELETE, ARCHIVE] {
            let ran = place.run(&words);
            assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
            assert!(ran.err.contains("4 rows of `"), "{ran:?}");
            assert!(ran.err.contains("--yes"), "{ran:?}");
        }
        assert_eq!(rows(&place), 4, "{}", place.store);
        place.run(&[&DELETE[..], &["--yes"]].concat()).ok();
        let nothing_left = place.run(&DELETE);
        assert_eq!(
            nothing_left.code,
            Some(2),
            "the same on each day: {nothing_left:?}"
        );
    }
}

#[test]
fn what_cannot_be_meant_is_wrong_usage() {
    let place = Place::sqlite();
    for words in [
        &["retention", "run", "--keep", "30d"][..],
        &["retention", "run", "--keep", "30d", "--archive", "--delete"],
        &["retention", "run", "--delete"],
        &["retention", "run", "--keep", "6d", "--delete"],
        &["retention", "preview", "--keep", "1mo"],
        &[
            "retention",
            "run",
            "--keep",
            "30d",
            "--delete",
            "--max-rows-per-second",
            "0",
        ],
    ] {
        let ran = place.run(words);
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (Some(2), ""),
            "{words:?} {ran:?}"
        );
    }
    let young = place.run(&["retention", "run", "--keep", "6d", "--delete"]);
    assert!(young.err.contains("at least 7d"), "{young:?}");
}

/// Waits until there is another number of old rows, as after the first step of a run.
fn first_step(place: &Place, before: u64) {
    let begun = Instant::now();
    while preview(place, &[])["rows"].as_u64() == Some(before) {
        assert!(begun.elapsed() < Duration::from_mins(1), "no step");
    }
}

#[tokio::test]
async fn an_interrupted_run_says_what_was_done_and_goes_on() {
    // A service manager stops a job by the second one.
    let signals = [Signal::INT, Signal::TERM].into_iter().cycle();
    let places = Place::each("cli_retention_interrupt").await;
    for (place, signal) in places.into_iter().zip(signals) {
        notes_days_ago(&place, 40, 2_500).await;
        let pause = [&DELETE[..], &["--yes", "--pause-factor", "10000"]].concat();
        let tool = place.start(&pause);
        first_step(&place, 2_500);
        kill_process(Pid::from_child(&tool), signal).expect("a signal");
        let ended = Ran::of(tool.wait_with_output().expect("an end"));
        assert_eq!(
            (ended.code, ended.out.as_str()),
            (Some(130), ""),
            "{ended:?}"
        );
        let left = preview(&place, &[])["rows"].as_u64().expect("a number");
        let text = format!("interrupted: {} rows deleted in ", 2_500 - left);
        assert!(ended.err.contains(&text), "{left} left: {ended:?}");
        assert!(ended.err.contains("again to go on"), "{ended:?}");
        let words = [&DELETE[..], &["--yes", "--pause-factor", "0"]].concat();
        let report = place.run(&words).lines().remove(0);
        assert_eq!(report["rows"], left, "{}", place.store);
    }
}

#[tokio::test]
async fn a_server_that_ends_meanwhile_exits_with_75_and_what_was_done() {
    for kind in [Kind::MariaDb, Kind::MySql] {
        let server = Server::start(kind).expect("a server of its own");
        let place = Place::on(server.database("cli_retention_end").expect("a database"));
        place.migrate().await;
        notes_days_ago(&place, 40, 2_500).await;
        let pause = [&DELETE[..], &["--yes", "--pause-factor", "10000"]].concat();
        let tool = place.start(&pause);
        first_step(&place, 2_500);
        server.kill().expect("killed");
        let ended = Ran::of(tool.wait_with_output().expect("an end"));
        assert_eq!(ended.code, Some(75), "{kind}: {ended:?}");
        assert!(ended.err.contains("rows were deleted before"), "{ended:?}");
    }
}

#[tokio::test]
async fn on_a_terminal_the_name_of_the_database_is_asked_for() {
    for place in Place::each("cli_retention_ask").await {
        notes_days_ago(&place, 40, 5).await;
        let database = if place.store == "SQLite" {
            "activity.db"
        } else {
            "cli_retention_ask"
        };
        let question = format!("type `{database}`:");
        for (keys, code, left) in [
            (&["yes", "Enter"][..], 1, 5),
            (&["C-c"], 130, 5),
            (&[database, "Enter"], 0, 0),
        ] {
            let terminal = Terminal::start(&place.command(&DELETE)).expect("a terminal");
            let asked = terminal.wait_for(|screen| screen.contains(&question));
            let asked = asked.expect("a question");
            assert!(asked.contains("delete 5 rows of"), "{asked}");
            terminal.type_keys(keys).expect("typed");
            assert_eq!(terminal.exit_code().expect("an end"), code, "{keys:?}");
            let screen = terminal.screen().expect("a screen").replace('\n', "");
            assert_eq!(screen.contains("nothing was changed"), left > 0, "{screen}");
            assert_eq!(rows(&place), left, "{} {keys:?}", place.store);
        }
    }
}

#[tokio::test]
async fn rows_that_grow_old_while_the_question_is_open_are_kept() {
    const DAYS: i64 = 30 * 86_400_000_000;
    const UNTIL_THE_QUESTION: i64 = 8_000_000;
    let place = Place::each("cli_retention_open").await.remove(0);
    notes_days_ago(&place, 40, 5).await;
    record_earlier(&place, DAYS - UNTIL_THE_QUESTION, async || {
        record!(action = "note.create", resource = "Note", resource_id = 9);
    })
    .await;
    let terminal = Terminal::start(&place.command(&DELETE)).expect("a terminal");
    let asked = terminal.wait_for(|screen| screen.contains("type `activity.db`:"));
    assert!(asked.expect("a question").contains("delete 5 rows of"));
    first_step(&place, 5);
    assert_eq!(preview(&place, &[])["rows"], 6);
    terminal
        .type_keys(&["activity.db", "Enter"])
        .expect("typed");
    assert_eq!(terminal.exit_code().expect("an end"), 0);
    assert_eq!(preview(&place, &[])["rows"], 1);
    assert_eq!(rows(&place), 1);
}

#[tokio::test]
async fn a_run_on_a_terminal_shows_a_bar() {
    let place = Place::each("cli_retention_bar").await.remove(0);
    notes_days_ago(&place, 40, 2_500).await;
    let words = [&DELETE[..], &["--yes", "--pause-factor", "100"]].concat();
    let terminal = Terminal::start(&place.command(&words)).expect("a terminal");
    let bar = terminal.wait_for(|screen| screen.contains(" % "));
    let bar = bar.expect("a bar");
    assert!(bar.contains("rows deleted in"), "{bar}");
    assert_eq!(terminal.exit_code().expect("an end"), 0);
    let screen = terminal.screen().expect("a screen");
    assert!(
        screen.contains("2500") && !screen.contains(" % "),
        "{screen}"
    );
}
