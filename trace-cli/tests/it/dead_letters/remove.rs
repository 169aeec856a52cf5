//! `dead-letters remove`.

use behavior_trace_servers::Terminal;
use serde_json::json;

use super::{ids, leave_letters, mend};
use crate::spooled::Spooler;
use crate::tool::Place;

#[tokio::test]
async fn without_a_terminal_it_previews_and_removes_with_consent_alone() {
    for place in Place::servers("cli_letters_remove") {
        place.migrate().await;
        leave_letters(&place, "'7', '8'");
        let ran = place.run_spool(&["dead-letters", "remove", "--all"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
        let lines: Vec<_> = ran.err.lines().collect();
        assert_eq!(lines[0], "2 dead letters would go:");
        assert!(
            lines[1].starts_with("  0/1  note.update of Note 7: "),
            "{ran:?}"
        );
        assert!(
            lines[3].contains("Removing 2 dead letters for good needs consent"),
            "{ran:?}"
        );
        assert_eq!(ids(&place).len(), 2);

        let missing = place.run_spool(&["dead-letters", "remove", "0/1", "0/9", "--yes"]);
        assert_eq!(missing.code, Some(1), "{missing:?}");
        assert!(missing.err.contains("no such letter: 0/9"), "{missing:?}");
        assert_eq!(ids(&place).len(), 2, "nothing is removed by half");

        // Also beside a process that owns the slot.
        let alive = Spooler::start(&place.spool_dir(), 20..21);
        let removed = place
            .run_spool(&["dead-letters", "remove", "0/1", "--yes"])
            .lines();
        let expected = json!({"schema": 1, "id": "0/1", "state": "removed", "problem": null});
        assert_eq!(removed, [expected]);
        drop(alive);
        place
            .run_spool(&["dead-letters", "remove", "--all", "-y"])
            .ok();
        assert!(ids(&place).is_empty());
        let none = place.run_spool(&["dead-letters", "remove", "--all"]);
        assert_eq!((none.code, none.out.as_str()), (Some(0), ""), "{none:?}");
    }
}

#[tokio::test]
async fn on_a_terminal_the_name_of_the_directory_is_asked_for() {
    let place = Place::servers("cli_letters_ask")
        .into_iter()
        .next()
        .expect("a place");
    place.migrate().await;
    leave_letters(&place, "'7'");
    let asked = || {
        let mut command = place.command(&["dead-letters", "remove", "0/1"]);
        command.env("BEHAVIOR_TRACE_SPOOL_DIR", place.spool_dir());
        let terminal = Terminal::start(&command).expect("a terminal");
        let question = "To go on, type `spool`:";
        let screen = terminal.wait_for(|screen| screen.contains(question));
        let screen = screen.expect("a question");
        assert!(
            screen.starts_with("1 dead letter would go:\n  0/1  note.update of Note 7: "),
            "{screen}"
        );
        terminal
    };
    for (keys, code, words) in [
        (
            &["yes", "Enter"][..],
            1,
            "not confirmed; nothing was changed",
        ),
        (&["C-c"], 130, "interrupted; nothing was"),
        (&["spool", "Enter"], 0, "removed"),
    ] {
        assert_eq!(ids(&place), ["0/1"]);
        let terminal = asked();
        terminal.type_keys(keys).expect("typed");
        assert_eq!(terminal.exit_code().expect("an end"), code, "{keys:?}");
        let screen = terminal.screen().expect("a screen");
        assert!(screen.contains(words), "{keys:?} {screen}");
    }
    assert!(ids(&place).is_empty());
}

#[tokio::test]
async fn another_letter_that_has_the_id_after_the_question_stays() {
    for place in Place::servers("cli_letters_other") {
        place.migrate().await;
        leave_letters(&place, "'7'");
        let mut command = place.command(&["dead-letters", "remove", "0/1"]);
        command.env("BEHAVIOR_TRACE_SPOOL_DIR", place.spool_dir());
        let terminal = Terminal::start(&command).expect("a terminal");
        let asked = terminal.wait_for(|screen| screen.contains("To go on, type `spool`:"));
        let asked = asked.expect("a question");
        assert!(asked.contains("note.update of Note 7: "), "{asked}");
        // Another spool is in the place of the one that was shown.
        std::fs::remove_dir_all(place.spool_dir()).expect("removed");
        mend(&place);
        place.sql("TRUNCATE operational_activity");
        leave_letters(&place, "'9'");
        assert_eq!(ids(&place), ["0/1"]);
        terminal.type_keys(&["spool", "Enter"]).expect("typed");
        assert_eq!(terminal.exit_code().expect("an end"), 1);
        let screen = terminal.screen().expect("a screen").replace('\n', "");
        let words = "1 letter not removed: another letter has the id by now";
        assert!(screen.contains(words), "{screen}");
        let letter = place
            .run_spool(&["dead-letters", "show", "0/1"])
            .lines()
            .remove(0);
        assert_eq!(letter["resource_id"], "9", "{}", place.store);
    }
}
