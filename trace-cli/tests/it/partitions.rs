//! `partitions`.

use behavior_trace::Timestamp;
use behavior_trace_servers::Terminal;
use serde_json::Value;

use crate::keeping::{notes_days_ago, rows, sql};
use crate::tool::{Place, Ran, shown};

const DAY: i64 = 86_400_000_000;

/// Returns migrated tables on both servers.
fn places(test: &str) -> [Place; 2] {
    let places = Place::servers(test);
    for place in &places {
        place.run(&["migrate", "run"]).ok();
    }
    places
}

fn names(lines: &[Value]) -> Vec<&str> {
    lines
        .iter()
        .filter_map(|line| line["name"].as_str())
        .collect()
}

#[tokio::test]
async fn a_table_is_partitioned_after_consent_and_the_coming_days_are_created() {
    for place in places("cli_partitions") {
        notes_days_ago(&place, 1, 5).await;
        let list = place.run(&["partitions", "list"]);
        assert!(list.err.contains("in one piece"), "{list:?}");
        assert_eq!(list.lines().len(), 0);
        let early = place.run(&["partitions", "ahead"]);
        assert_eq!(early.code, Some(1), "{early:?}");

        let dry = place
            .run(&["partitions", "adopt", "--dry-run"])
            .lines()
            .remove(0);
        assert_eq!((&dry["rows"], &dry["is_exact"]), (&5.into(), &true.into()));
        let statement = dry["statement"].as_str().expect("a statement").to_owned();
        let table = place
            .run(&["partitions", "adopt", "--dry-run", "-o", "table"])
            .ok();
        assert_eq!(table, format!("{statement};\n"));
        let print = place.run(&["partitions", "print"]).ok();
        assert_eq!(print, table);
        let refused = place.run(&["partitions", "adopt"]);
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(
            refused.err.contains("5 rows") && refused.err.contains("--yes"),
            "{refused:?}"
        );
        assert_eq!(place.run(&["partitions", "list"]).lines().len(), 0);

        let adopted = place.run(&["partitions", "adopt", "--yes"]).lines();
        assert_eq!(adopted.len(), 2, "{adopted:?}");
        let again = place.run(&["partitions", "adopt", "--yes"]);
        assert!(again.err.contains("partitioned already"), "{again:?}");
        assert_eq!(again.lines().len(), 0);

        let dry = place
            .run(&["partitions", "ahead", "--spans", "2", "--dry-run"])
            .lines();
        let coming = dry[0]["partitions"].as_array().expect("names").clone();
        assert_eq!(coming.len(), 3);
        let created = place.run(&["partitions", "ahead", "--spans", "2"]).lines();
        assert_eq!(
            names(&created),
            coming
                .iter()
                .map(|name| name.as_str().expect("a name"))
                .collect::<Vec<_>>()
        );
        let none = place.run(&["partitions", "ahead", "--spans", "2"]);
        assert!(none.err.contains("are there"), "{none:?}");
        assert_eq!(none.lines().len(), 0);
        let list = place.run(&["partitions", "list"]).lines();
        assert_eq!(list.len(), 1 + 3 + 1, "{list:?}");
        assert_eq!(list[0]["is_expired"], Value::Null);
        assert_eq!(rows(&place), 5, "{}", place.store);
    }
}

/// Partitions the table and splits off what is older than these days; returns the name of the rest.
fn with_old_partitions(place: &Place, days: &[i64]) -> String {
    let adopted = place.run(&["partitions", "adopt", "--yes"]).lines();
    let today = names(&adopted)[0].to_owned();
    let list = place.run(&["partitions", "list"]).lines();
    let end = list[0]["before"].as_str().expect("an end")[..10].to_owned();
    let ends = days.iter().map(|days| {
        let end = Timestamp::from_micros(Timestamp::now().as_micros() - days * DAY);
        format!(
            "PARTITION old_{days} VALUES LESS THAN ('{} 00:00:00')",
            &end.to_string()[..10]
        )
    });
    let ends: Vec<_> = ends.collect();
    sql(
        place,
        &format!(
            "ALTER TABLE operational_activity REORGANIZE PARTITION {today} INTO ({}, PARTITION {today} VALUES LESS THAN \
             ('{end} 00:00:00'))",
            ends.join(", ")
        ),
    );
    today
}

#[tokio::test]
async fn expired_partitions_are_shown_and_dropped_after_consent() {
    for place in places("cli_partitions_drop") {
        let today = with_old_partitions(&place, &[50, 40]);
        notes_days_ago(&place, 60, 6).await;
        notes_days_ago(&place, 45, 2).await;
        notes_days_ago(&place, 3, 4).await;
        let table = ["partitions", "list", "--keep", "30d", "-o", "table"];
        let table = place.run(&table).ok();
        assert!(table.contains('≈') && table.contains(&today), "{table}");
        assert_eq!(table.matches("yes").count(), 2, "{table}");

        let drop = ["partitions", "drop", "--keep", "30d"];
        let dry = place.run(&[&drop[..], &["--dry-run"]].concat()).lines();
        assert_eq!(names(&dry), ["old_50", "old_40"]);
        let counts: Vec<_> = dry.iter().map(|line| line["rows"].as_u64()).collect();
        assert_eq!(counts, [Some(6), Some(2)]);
        let refused = place.run(&drop);
        assert_eq!(
            (refused.code, refused.out.as_str()),
            (Some(2), ""),
            "{refused:?}"
        );
        let preview = "2 partitions with 8 rows are to be dropped, which ended by ";
        assert!(refused.err.starts_with(preview), "{refused:?}");
        let expiry = Timestamp::from_micros(Timestamp::now().as_micros() - 30 * DAY);
        let shown = " UTC:\n  old_50 with 6 rows\n  old_40 with 2 rows\n";
        assert!(
            refused.err.contains(&expiry.to_string()[..13]),
            "{refused:?}"
        );
        assert!(refused.err.contains(shown), "{refused:?}");
        assert_eq!(rows(&place), 12);

        let gone = place.run(&[&drop[..], &["--yes"]].concat()).lines();
        assert_eq!(names(&gone), ["old_50", "old_40"]);
        assert_eq!(rows(&place), 4, "{}", place.store);
        // Nothing is asked where nothing would go.
        let none = place.run(&drop);
        assert!(
            none.err.contains("no partition is to be dropped"),
            "{none:?}"
        );
        assert_eq!(none.lines().len(), 0);
    }
}

#[tokio::test]
async fn only_empty_partitions_are_dropped_where_that_is_asked_for() {
    for place in places("cli_partitions_empty") {
        with_old_partitions(&place, &[60, 50, 40]);
        notes_days_ago(&place, 55, 3).await;
        let drop = [
            "partitions",
            "drop",
            "--keep",
            "30d",
            "--only-empty",
            "--yes",
        ];
        assert_eq!(place.run(&drop).lines().len(), 0, "one alone is kept");
        let archive = ["retention", "run", "--keep", "30d", "--archive", "--yes"];
        place.run(&archive).ok();
        let gone = place.run(&drop).lines();
        assert_eq!(names(&gone), ["old_60", "old_50"], "{}", place.store);
        let all = place.run(&["query", "--with-archive"]).lines();
        assert_eq!(all.len(), 3);
    }
}

#[tokio::test]
async fn on_a_terminal_the_name_of_the_database_is_asked_for() {
    for place in places("cli_partitions_ask") {
        with_old_partitions(&place, &[40]);
        notes_days_ago(&place, 60, 6).await;
        let command = place.command(&["partitions", "drop", "--keep", "30d"]);
        for (answer, code, left) in [("no", 1, 6), ("cli_partitions_ask", 0, 0)] {
            let terminal = Terminal::start(&command).expect("a terminal");
            let asked = terminal.wait_for(|screen| screen.contains("type `cli_partitions_ask`:"));
            let asked = asked.expect("a question");
            assert!(asked.contains("old_40 with 6 rows"), "{asked}");
            terminal.type_keys(&[answer, "Enter"]).expect("typed");
            let ended = terminal.exit_code();
            assert_eq!(ended.expect("an end"), code);
            assert_eq!(rows(&place), left, "{}", place.store);
        }
    }
}

#[test]
fn a_list_of_partitions_is_a_table() {
    for place in places("cli_partitions_list") {
        let today = with_old_partitions(&place, &[40]);
        let list = ["partitions", "list", "--keep", "30d", "-o", "table"];
        let table = place.run(&list).ok();
        shown("partitions-list", &table, &[&today]);
    }
}

#[tokio::test]
async fn sqlite_has_none_and_a_conversion_is_printed_without_a_connection() {
    let place = Place::each("cli_partitions_none").await.remove(0);
    for words in [
        &["partitions", "list"][..],
        &["partitions", "adopt", "--yes"],
        &["partitions", "ahead"],
        &["partitions", "drop", "--keep", "30d", "--yes"],
    ] {
        let ran = place.run(words);
        assert_eq!(ran.code, Some(1), "{words:?} {ran:?}");
        assert!(ran.err.contains("only MySQL and MariaDB"), "{ran:?}");
    }
    let mut print = place.command(&["partitions", "print", "--hourly"]);
    print.env(
        "BEHAVIOR_TRACE_DATABASE_URL",
        "mysql://app@127.0.0.1:1/shop",
    );
    let sql = Ran::of(print.output().expect("the tool runs")).ok();
    assert!(sql.starts_with("ALTER TABLE operational_activity"), "{sql}");
    let mut print = place.command(&["partitions", "print", "--hourly", "-o", "jsonl"]);
    print.env(
        "BEHAVIOR_TRACE_DATABASE_URL",
        "mysql://app@127.0.0.1:1/shop",
    );
    let lines = Ran::of(print.output().expect("the tool runs")).lines();
    assert_eq!((lines.len(), &lines[0]["schema"]), (1, &1.into()));
    let statement = lines[0]["statement"].as_str().expect("a statement");
    assert!(statement.starts_with("ALTER TABLE"), "{statement}");
    let young = place.run(&["partitions", "drop", "--keep", "1d"]);
    assert_eq!(young.code, Some(2), "{young:?}");
}
