//! `dead-letters list` and `dead-letters show`.

use serde_json::json;

use super::{ids, leave_letters};
use crate::tool::{Place, shown};

#[tokio::test]
async fn a_letter_is_listed_with_its_reason_and_shown_in_full() {
    for place in Place::servers("cli_letters_list") {
        place.migrate().await;
        leave_letters(&place, "'7', '8'");
        assert_eq!(ids(&place), ["0/1", "0/2"], "{}", place.store);
        let letter = place
            .run_spool(&["dead-letters", "show", "0/1"])
            .lines()
            .remove(0);
        let keys = [
            ("schema", json!(1)),
            ("id", json!("0/1")),
            ("actor_type", json!("USER")),
            ("actor_id", json!(7)),
            ("action", json!("note.update")),
            ("resource", json!("Note")),
            ("resource_id", json!("7")),
            ("payload", json!({"actor_label": "Ada"})),
            ("text", json!(null)),
        ];
        for (key, value) in keys {
            assert_eq!(letter[key], value, "{key} of {letter}");
        }
        assert!(
            letter["reason"]
                .as_str()
                .is_some_and(|why| why.contains("not_these")),
            "{letter}"
        );
        let table = place
            .run_spool(&["dead-letters", "list", "--output", "table"])
            .ok();
        let reason = letter["reason"].as_str().expect("a reason");
        // The line below the headings is as long as the answer of the database.
        let line = table.lines().nth(1).expect("a line");
        shown("dead-letters-list", &table, &[reason, line]);
        let in_full = place
            .run_spool(&["dead-letters", "show", "0/2", "--output", "table"])
            .ok();
        let event = in_full.lines().find_map(|line| line.strip_prefix("event "));
        shown(
            "dead-letters-show",
            &in_full,
            &[reason, event.expect("an id").trim()],
        );
        let all = place
            .run_spool(&["dead-letters", "list", "--all-fields", "--output", "table"])
            .ok();
        assert!(all.ends_with(&format!("\n\n{in_full}")), "{all}");
    }
}

#[test]
fn nothing_to_list_is_said_and_an_unknown_letter_exits_with_4() {
    let place = Place::sqlite();
    place.leave_spool(0..1);
    let list = place.run_spool(&["dead-letters", "list"]);
    assert_eq!(
        (list.code, list.err.as_str()),
        (Some(0), "no dead letters\n")
    );
    let show = place.run_spool(&["dead-letters", "show", "0/9"]);
    assert_eq!(show.code, Some(4), "{show:?}");
    assert!(show.err.contains("no such letter: 0/9"), "{show:?}");
    let wrong = place.run_spool(&["dead-letters", "show", "9"]);
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    assert!(wrong.err.contains("`0/17`"), "{wrong:?}");
    for words in [
        &["dead-letters", "requeue"][..],
        &["dead-letters", "remove", "0/1", "--all"],
    ] {
        assert_eq!(place.run_spool(words).code, Some(2), "{words:?}");
    }
}
