//! `erase`.

use behavior_trace::{Actor, Context, record};
use behavior_trace_servers::Terminal;

use crate::keeping::notes_days_ago;
use crate::tool::{Place, shown};

/// Ada's notes, of which some are archived, and one of Bob's.
async fn filled(place: &Place) {
    notes_days_ago(place, 40, 4).await;
    let archive = ["retention", "run", "--keep", "30d", "--archive", "--yes"];
    place.run(&archive).ok();
    notes_days_ago(place, 2, 3).await;
    place
        .record(async || {
            let bob = Context::new().actor(Actor::user(8)).ip_address("192.0.2.8");
            bob.scope(async {
                record!(action = "note.update", resource = "Note", resource_id = 99);
            })
            .await;
        })
        .await;
}

/// Returns all rows of both tables as JSON lines.
fn all(place: &Place) -> String {
    place.run(&["query", "--all", "--with-archive"]).ok()
}

#[tokio::test]
async fn a_persons_data_is_erased_after_a_preview_of_both_tables() {
    for place in Place::each("cli_erase").await {
        filled(&place).await;
        let before = all(&place);
        let words = ["erase", "user:7", "--fields", "email,phone"];
        let dry = place.run(&[&words[..], &["--dry-run"]].concat());
        assert!(
            dry.err.starts_with("3 rows in the table and 4 in the archive are of this actor; 7 of them have data to erase"),
            "{dry:?}"
        );
        assert!(dry.err.contains("not reached: exports"), "{dry:?}");
        let line = dry.lines().remove(0);
        assert_eq!(
            (&line["matched"], &line["archived"]),
            (&7.into(), &4.into())
        );
        assert_eq!(line["is_dry_run"], true);
        assert_eq!(all(&place), before, "{}", place.store);

        let refused = place.run(&words);
        assert_eq!(
            (refused.code, refused.out.as_str()),
            (Some(2), ""),
            "{refused:?}"
        );
        assert!(refused.err.contains("--yes"), "{refused:?}");
        assert_eq!(all(&place), before, "{}", place.store);

        let table = [&words[..], &["--yes", "-o", "table"]].concat();
        let erased = place.run(&table);
        for part in [
            "backups",
            "spool",
            "topics of relays",
            "no tombstone",
            "rows of others about this person",
        ] {
            assert!(erased.err.contains(part), "{part}: {erased:?}");
        }
        shown("erase", &erased.ok(), &[]);
        let after = all(&place);
        assert!(
            !after.contains("canary") && !after.contains("192.0.2.7"),
            "{after}"
        );
        assert!(
            after.contains("192.0.2.8") && after.contains("Bern"),
            "{after}"
        );
        assert_eq!(after.lines().count(), before.lines().count());
        // Nothing is asked where nothing would change.
        let again = place.run(&words).lines();
        assert_eq!(again[0]["changed"], 0, "{}", place.store);
    }
}

#[tokio::test]
async fn an_actor_that_is_nobody_or_many_is_wrong_usage() {
    for place in Place::each("cli_erase_usage").await {
        let kind = "k".repeat(40);
        for (actor, part) in [
            ("user", "`user:7`"),
            (&*format!("{kind}:7"), "--including-clipped"),
        ] {
            let ran = place.run(&["erase", actor, "--dry-run"]);
            assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
            assert!(ran.err.contains(part), "{ran:?}");
        }
        let all = [
            "erase",
            &*format!("{kind}:7"),
            "--including-clipped",
            "--yes",
        ];
        assert_eq!(place.run(&all).lines()[0]["matched"], 0, "{}", place.store);
    }
}

#[tokio::test]
async fn on_a_terminal_the_name_of_the_database_is_asked_for() {
    for place in Place::each("cli_erase_ask").await {
        filled(&place).await;
        let database = if place.store == "SQLite" {
            "activity.db"
        } else {
            "cli_erase_ask"
        };
        let command = place.command(&["erase", "user:7"]);
        for (answer, code, is_left) in [("", 1, true), (database, 0, false)] {
            let terminal = Terminal::start(&command).expect("a terminal");
            let question = format!("type `{database}`:");
            let asked = terminal.wait_for(|screen| screen.contains(&question));
            let asked = asked.expect("a question").replace('\n', " ");
            assert!(asked.contains("erase data in 7 rows of"), "{asked}");
            assert!(asked.contains("not reached: exports"), "{asked}");
            terminal.type_keys(&[answer, "Enter"]).expect("typed");
            assert_eq!(terminal.exit_code().expect("an end"), code);
            assert_eq!(
                all(&place).contains("192.0.2.7"),
                is_left,
                "{}",
                place.store
            );
        }
    }
}

#[test]
fn a_database_that_is_unavailable_exits_with_75_and_a_mistyped_file_with_1() {
    let place = Place::sqlite();
    for words in [
        &["erase", "user:7", "--dry-run"][..],
        &["migrate", "run"],
        &["migrate", "run", "--dry-run"],
        &["migrate", "run", "--create-database"],
        &["migrate", "status"],
        &["migrate", "repair"],
        &["migrate", "index", "actor"],
        &["migrate", "index", "actor", "--dry-run"],
        &["retention", "preview", "--keep", "30d"],
        &["retention", "run", "--keep", "30d", "--delete", "--yes"],
        &["partitions", "list"],
        &["partitions", "adopt", "--yes"],
        &["partitions", "ahead"],
        &["partitions", "drop", "--keep", "30d", "--yes"],
    ] {
        let mut command = place.command(words);
        command.env(
            "BEHAVIOR_TRACE_DATABASE_URL",
            "mysql://app@127.0.0.1:1/shop",
        );
        let ran = crate::tool::Ran::of(command.output().expect("the tool runs"));
        assert_eq!(
            (ran.code, ran.out.as_str()),
            (Some(75), ""),
            "{words:?} {ran:?}"
        );
    }
    for words in [
        &["erase", "user:7", "--dry-run"][..],
        &["retention", "preview", "--keep", "30d"],
        &["retention", "run", "--keep", "30d", "--delete", "--yes"],
    ] {
        let ran = place.run(words);
        assert_eq!(ran.code, Some(1), "{words:?} {ran:?}");
        assert!(ran.err.contains("there is no such file"), "{ran:?}");
    }
    assert!(!place.path().join("activity.db").exists());
}
