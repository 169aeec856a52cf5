//! Imports that were killed or interrupted, and go on.

use std::fs;
use std::process::{Child, Stdio};

use behavior_trace_servers::Terminal;
use serde_json::Value;

use super::{G1, G3, pairs, stored};
use crate::tool::Place;

const ROWS: u32 = 6_000;
/// Slow enough to be killed in the middle, with several places per second.
const SLOW: [&str; 4] = ["--state", "import.state", "--max-rows-per-second", "1500"];

/// Waits until the state has a place, and returns its number of rows.
fn wait_for_a_place(place: &Place, tool: &mut Child, beyond: u64) -> u64 {
    loop {
        let text = fs::read(place.path().join("import.state")).unwrap_or_default();
        let state: Value = serde_json::from_slice(&text).unwrap_or_default();
        match state["totals"]["read"].as_u64() {
            Some(read) if read > beyond => return read,
            _ => assert_eq!(
                tool.try_wait().expect("a state"),
                None,
                "it ended too early"
            ),
        }
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn an_import_that_was_killed_goes_on_and_has_each_row_once() {
    for (from, to) in pairs("cli_import_kill").await {
        G1.record(&from, ROWS);
        let mut reached = 0;
        for _ in 0..2 {
            let mut command = G1.command(&from, &to, &SLOW);
            let mut tool = command
                .stdout(Stdio::null())
                .spawn()
                .expect("the tool runs");
            reached = wait_for_a_place(&to, &mut tool, reached);
            tool.kill().expect("killed");
            tool.wait().expect("an end");
        }
        let report = G1
            .run(&from, &to, &["--state", "import.state"])
            .lines()
            .remove(0);
        let rows = u64::from(ROWS);
        let numbers =
            ["read", "stored", "last_id"].map(|key| report[key].as_u64().expect("a number"));
        // Each row counts once, also those of the runs that were killed.
        assert_eq!(numbers, [rows, rows, rows], "{report}");
        assert!(reached > 0 && reached < rows);
        assert_eq!(stored(&to), (ROWS as usize, ROWS as usize), "{}", to.store);
    }
}

#[tokio::test]
async fn an_interrupt_exits_with_130_and_says_how_to_go_on() {
    let (from, to) = pairs("cli_import_interrupt").await.remove(1);
    G1.record(&from, ROWS);
    for (words, advice) in [
        (&SLOW[..], "to go on, run the same command again"),
        (&SLOW[2..], "stores nothing twice; to go on from a place"),
        (
            &["--dry-run", "--max-rows-per-second", "1500"],
            "a dry run stores nothing",
        ),
    ] {
        let command = G1.command(&from, &to, words);
        let terminal = Terminal::start(&command).expect("a terminal");
        let parts = [" % ", "left)", "rows up to id "];
        let bar = terminal.wait_for(|screen| parts.iter().all(|part| screen.contains(part)));
        bar.expect("progress");
        terminal.type_keys(&["C-c"]).expect("typed");
        assert_eq!(terminal.exit_code().expect("an end"), 130, "{words:?}");
        let screen = terminal.screen().expect("a screen").replace('\n', "");
        assert!(
            screen.contains("interrupted after ") && screen.contains(advice),
            "{screen}"
        );
    }
    let report = G1
        .run(&from, &to, &["--state", "import.state"])
        .lines()
        .remove(0);
    assert_eq!(report["read"].as_u64(), Some(u64::from(ROWS)), "{report}");
    assert_eq!(stored(&to), (ROWS as usize, ROWS as usize));
}

#[tokio::test]
async fn a_state_of_another_import_is_refused_by_its_name() {
    let (from, to) = pairs("cli_import_state").await.remove(0);
    G3.record(&from, 10);
    let words = ["--state", "import.state"];
    G3.run(&from, &to, &words).ok();
    let other = G3.run(&from, &to, &[&words[..], &["--origin", "other"]].concat());
    assert_eq!(other.code, Some(1), "{other:?}");
    assert!(
        other
            .err
            .contains("import.state belongs to another import: `php from mysql://"),
        "{other:?}"
    );
    assert!(!other.err.contains(&password(&from)), "{other:?}");

    fs::write(to.path().join("names.toml"), "rule = false").expect("written");
    let names = G3.run(
        &from,
        &to,
        &[&words[..], &["--names", "names.toml"]].concat(),
    );
    assert_eq!(names.code, Some(1), "{names:?}");
    assert!(names.err.contains("other names"), "{names:?}");

    // A table that was restored has another row at the place.
    from.sql("UPDATE maa_event_logging_behavior_trace SET event_id = UUID() WHERE id = 10");
    let restored = G3.run(&from, &to, &words);
    assert_eq!(restored.code, Some(1), "{restored:?}");
    assert!(
        restored.err.contains("to begin anew, remove import.state"),
        "{restored:?}"
    );

    let unwritable = G3.run(&from, &to, &["--state", "none/import.state"]);
    assert_eq!(unwritable.code, Some(1), "{unwritable:?}");
    let both = G3.run(&from, &to, &[&words[..], &["--dry-run"]].concat());
    assert_eq!(both.code, Some(2), "{both:?}");
}

/// Returns the password of a place, as it is in its URL.
fn password(place: &Place) -> String {
    let (_, rest) = place.url.split_once("://").expect("a scheme");
    let (info, _) = rest.split_once('@').expect("an account");
    let (_, password) = info.split_once(':').expect("a password");
    format!(":{password}@")
}
