//! `dead-letters requeue`.

use serde_json::json;

use super::{ids, leave_letters, mend};
use crate::spooled::Spooler;
use crate::tool::{Place, shown};

#[tokio::test]
async fn letters_go_back_into_the_spool_of_a_process_that_is_gone_and_are_stored_once() {
    for place in Place::servers("cli_letters_requeue") {
        place.migrate().await;
        leave_letters(&place, "'7', '8', '9'");
        mend(&place);
        let one = place.run_spool(&["dead-letters", "requeue", "0/2"]);
        assert!(
            one.err
                .contains("requeued 1 letter; `behavior-trace spool drain --all`"),
            "{one:?}"
        );
        let expected = json!({"schema": 1, "id": "0/2", "state": "requeued", "problem": null});
        assert_eq!(one.lines(), [expected]);
        let all = place
            .run_spool(&["dead-letters", "requeue", "--all", "--output", "table"])
            .ok();
        shown("dead-letters-requeue", &all, &[]);
        assert!(ids(&place).is_empty());
        place.run_spool(&["spool", "drain", "--all"]).ok();
        assert_eq!(place.run(&["query"]).lines().len(), 20, "{}", place.store);
    }
}

#[tokio::test]
async fn a_letter_that_is_gone_exits_with_1_and_the_others_are_requeued() {
    for place in Place::servers("cli_letters_gone") {
        place.migrate().await;
        leave_letters(&place, "'7'");
        let ran = place.run_spool(&["dead-letters", "requeue", "0/1", "0/5"]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.contains("no such letter: 0/5"), "{ran:?}");
        let states: Vec<serde_json::Value> = ran
            .out
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        assert_eq!(
            (&states[0]["state"], &states[1]["state"]),
            (&json!("requeued"), &json!("failed"))
        );
        assert!(ids(&place).is_empty());
    }
}

#[tokio::test]
async fn a_letter_of_a_living_process_is_refused_and_left_alone_by_all() {
    for place in Place::servers("cli_letters_alive") {
        place.migrate().await;
        leave_letters(&place, "'7'");
        // It takes over the slot, with its letter.
        let alive = Spooler::start(&place.spool_dir(), 20..21);
        let ran = place.run_spool(&["dead-letters", "requeue", "0/1"]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(
            ran.err.contains("slot 0 belongs to a running process"),
            "{ran:?}"
        );
        let all = place.run_spool(&["dead-letters", "requeue", "--all"]);
        assert!(
            all.err.contains("left alone 1 letter of running processes"),
            "{all:?}"
        );
        assert_eq!(all.lines()[0]["state"], "owner_alive");
        alive.kill();
        place.run_spool(&["dead-letters", "requeue", "--all"]).ok();
    }
}
