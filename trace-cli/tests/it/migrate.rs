//! `migrate`.

use behavior_trace::schema::{Role, grants};
use behavior_trace_servers::{Kind, Server};
use serde_json::{Value, json};

use crate::keeping::{database, sql};
use crate::tool::{Place, shown};

/// Returns a place on each store, without tables.
fn places(test: &str) -> Vec<Place> {
    let mut places = vec![Place::sqlite()];
    places.extend(Place::servers(test));
    places
}

fn states(place: &Place) -> Vec<String> {
    let lines = place.run(&["migrate", "status"]).lines();
    let state = |line: &Value| line["state"].as_str().expect("a state").to_owned();
    lines.iter().map(state).collect()
}

#[test]
fn a_new_database_is_migrated_and_the_next_run_finds_nothing() {
    for place in places("cli_migrate") {
        let pending = place.run(&["migrate", "status", "--check"]);
        assert_eq!(pending.code, Some(3), "{pending:?}");
        assert!(pending.err.contains("migrate run"), "{pending:?}");
        let dry = place.run(&["migrate", "run", "--dry-run"]).lines();
        assert!(
            dry.iter().all(|line| line["by"] == "migrate run"),
            "{dry:?}"
        );
        let sql: Vec<_> = dry
            .iter()
            .filter_map(|line| line["statement"].as_str())
            .collect();
        assert!(sql.iter().all(|sql| sql.starts_with("CREATE ")), "{sql:?}");
        assert!(states(&place).iter().all(|state| state == "pending"));
        assert!(!place.path().join("activity.db").exists());

        let applied = place.run(&["migrate", "run"]).lines();
        assert_eq!(applied.len(), states(&place).len(), "{}", place.store);
        assert_eq!(sql.len(), applied.len() + 1, "{}", place.store);
        let again = place.run(&["migrate", "run"]);
        assert_eq!((again.code, again.out.as_str()), (Some(0), ""), "{again:?}");
        assert!(again.err.contains("no migration is pending"), "{again:?}");
        let dry = place.run(&["migrate", "run", "--dry-run", "-o", "table"]);
        assert_eq!((dry.code, dry.out.as_str()), (Some(0), ""), "{dry:?}");
        let done = place.run(&["migrate", "status", "--check", "-o", "table"]);
        shown(&format!("migrate-status-{}", place.store), &done.ok(), &[]);
    }
}

#[test]
fn a_dry_run_for_people_is_sql_that_can_be_run() {
    for place in Place::servers("cli_migrate_sql") {
        let dry = place
            .run(&["migrate", "run", "--dry-run", "-o", "table"])
            .ok();
        sql(&place, &dry);
        assert!(states(&place).iter().all(|state| state == "pending"));
        place.run(&["migrate", "run"]).ok();
        assert!(states(&place).iter().all(|state| state == "applied"));
    }
}

#[test]
fn a_missing_database_is_created_where_that_is_asked_for() {
    for place in Place::servers("cli_migrate_create") {
        sql(&place, &format!("DROP DATABASE `{}`", database(&place)));
        for words in [&["migrate", "run"][..], &["migrate", "run", "--dry-run"]] {
            let ran = place.run(words);
            assert_eq!(ran.code, Some(1), "{ran:?}");
        }
        let words = ["migrate", "run", "--create-database", "--dry-run"];
        let dry = place.run(&words).lines();
        assert_eq!(dry[0]["by"], "migrate run --create-database");
        let create = dry[0]["statement"].as_str().expect("a statement");
        assert!(
            create.starts_with("CREATE DATABASE `cli_migrate_create`"),
            "{create}"
        );
        assert!(dry.len() > 2, "{dry:?}");
        let ran = place.run(&words[..3]);
        let note = "created the database `cli_migrate_create`";
        assert!(ran.err.contains(note), "{ran:?}");
        assert_eq!(ran.lines().len(), 2);
        let again = place.run(&words[..3]);
        assert!(!again.err.contains("created"), "{again:?}");
    }
    let place = Place::sqlite();
    place.run(&["migrate", "run", "--create-database"]).ok();
    let mut missing = place.command(&["migrate", "run", "--create-database"]);
    let url = format!("sqlite:{}/no/activity.db", place.path().display());
    missing.env("BEHAVIOR_TRACE_DATABASE_URL", url);
    let ran = crate::tool::Ran::of(missing.output().expect("the tool runs"));
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("its folder does not exist"), "{ran:?}");
    assert!(!place.path().join("no").exists());
}

/// Returns a place whose account may do all that a migrator does, but on the archive.
fn without_right_on_the_archive(server: &Server, database: &str) -> Place {
    let url = server.database(database).expect("a database");
    let mut statements = vec!["CREATE USER 'narrow'@'%' IDENTIFIED BY 'canary-7f3a'".to_owned()];
    let rights = grants(Role::Migrator, database, "'narrow'@'%'").into_iter();
    statements.extend(rights.filter(|grant| !grant.contains("archive")));
    server.sql(&statements.join("; ")).expect("an account");
    let (_, host) = url.split_once('@').expect("an account");
    Place::on(format!("mysql://narrow:canary-7f3a@{host}"))
}

#[test]
fn a_failed_step_is_named_with_the_reason_and_a_refused_database_with_the_statement() {
    for kind in [Kind::MariaDb, Kind::MySql] {
        let server = Server::start(kind).expect("a server of its own");
        let place = without_right_on_the_archive(&server, "cli_migrate_step");
        let ran = place.run(&["migrate", "run"]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""), "{ran:?}");
        let step = "behavior-trace: migration 0002 (operational_activity_archive) failed: ";
        assert!(ran.err.starts_with(step), "{ran:?}");
        assert!(
            ran.err.contains("denied") && !ran.err.contains("canary"),
            "{ran:?}"
        );
        assert_eq!(states(&place), ["applied", "pending"]);

        server
            .sql("DROP DATABASE cli_migrate_step")
            .expect("dropped");
        let ran = place.run(&["migrate", "run", "--create-database"]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let statement =
            "run `CREATE DATABASE `cli_migrate_step` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`";
        assert!(ran.err.contains(statement), "{ran:?}");
    }
}

#[test]
fn what_was_changed_or_interrupted_is_found_and_an_interrupted_record_can_be_removed() {
    for place in Place::servers("cli_migrate_repair") {
        place.run(&["migrate", "run"]).ok();
        sql(
            &place,
            "UPDATE _behavior_trace_migrations SET success = FALSE WHERE version = 2",
        );
        assert_eq!(states(&place), ["applied", "incomplete"]);
        let check = place.run(&["migrate", "status", "--check"]);
        assert_eq!(
            (check.code, check.out.lines().count()),
            (Some(3), 2),
            "{check:?}"
        );
        let repair = place.run(&["migrate", "repair"]).lines();
        assert_eq!(repair, [json!({"schema": 1, "removed": 1})]);
        assert_eq!(states(&place), ["applied", "pending"]);
        place.run(&["migrate", "run"]).ok();
        let none = place.run(&["migrate", "repair"]).lines();
        assert_eq!(none[0]["removed"], 0);

        sql(
            &place,
            "UPDATE _behavior_trace_migrations SET checksum = 'x' WHERE version = 2",
        );
        assert_eq!(states(&place), ["applied", "changed"]);
        for words in [&["migrate", "run"][..], &["migrate", "run", "--dry-run"]] {
            let ran = place.run(words);
            assert_eq!(ran.code, Some(1), "{ran:?}");
            assert!(ran.err.contains("migration 0002"), "{ran:?}");
        }
    }
}

#[test]
fn a_table_of_php_is_taken_over_in_two_steps_that_a_dry_run_lists() {
    for place in Place::servers("cli_migrate_takeover") {
        sql(&place, include_str!("../../../tests/php/schema/g1.sql"));
        let words = ["migrate", "run", "--finish-takeover", "--dry-run"];
        let dry = place.run(&words).lines();
        let by: Vec<_> = dry.iter().filter_map(|line| line["by"].as_str()).collect();
        let (first, second) = ("migrate run", "migrate run --finish-takeover");
        assert_eq!(by, [first, first, first, first, second, second]);
        let key = dry[0]["statement"].as_str().expect("a statement");
        assert!(key.contains("ADD UNIQUE KEY"), "{key}");
        assert_eq!(states(&place), ["takeover_pending", "pending"]);
        let check = place.run(&["migrate", "status", "--check"]);
        assert_eq!(check.code, Some(3), "{check:?}");

        let ran = place.run(&["migrate", "run"]);
        assert!(ran.err.contains("`payload` may be NULL"), "{ran:?}");
        assert!(ran.err.contains("--finish-takeover"), "{ran:?}");
        assert_eq!(states(&place), ["taken_over", "applied"]);
        place.run(&["migrate", "status", "--check"]).ok();

        let ran = place.run(&words[..3]);
        assert!(ran.err.contains("the takeover is finished"), "{ran:?}");
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(states(&place), ["applied", "applied"]);
        let again = place.run(&words[..3]);
        assert!(again.err.contains("no takeover"), "{again:?}");
    }
}

#[test]
fn a_table_of_another_is_refused_with_the_remedy() {
    for place in Place::servers("cli_migrate_refused") {
        sql(
            &place,
            "CREATE TABLE operational_activity (id INT PRIMARY KEY, note TEXT)",
        );
        assert_eq!(states(&place), ["refused", "pending"]);
        let ran = place.run(&["migrate", "run"]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.contains("RENAME TABLE"), "{ran:?}");
    }
}

#[test]
fn the_sql_is_printed_without_a_connection() {
    let place = Place::sqlite();
    for (url, part) in [
        ("mysql://app@127.0.0.1:1/shop", "ENGINE=InnoDB"),
        ("sqlite:/no/activity.db", "STRICT"),
    ] {
        let mut command = place.command(&["migrate", "print"]);
        command.env("BEHAVIOR_TRACE_DATABASE_URL", url);
        let sql = crate::tool::Ran::of(command.output().expect("the tool runs")).ok();
        assert!(
            sql.starts_with("-- 0001 operational_activity\nCREATE TABLE"),
            "{sql}"
        );
        assert!(sql.contains(part), "{sql}");
        let mut printed = vec![];
        for form in ["jsonl", "json", "csv", "table"] {
            let mut command = place.command(&["migrate", "print", "-o", form]);
            command.env("BEHAVIOR_TRACE_DATABASE_URL", url);
            printed.push(crate::tool::Ran::of(command.output().expect("the tool runs")).ok());
        }
        let lines = printed[0].lines().map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
            assert_eq!(
                (&line["schema"], &line["by"]),
                (&1.into(), &"migrate run".into())
            );
            line["statement"].as_str().expect("a text").to_owned()
        });
        let lines: Vec<_> = lines.collect();
        assert_eq!(lines.len(), sql.matches("\n-- ").count() + 1);
        for statement in &lines {
            assert!(sql.contains(&format!("\n{statement};\n")), "{statement}");
            assert!(!statement.contains("-- "), "{statement}");
        }
        let json: serde_json::Value = serde_json::from_str(&printed[1]).expect("JSON");
        assert_eq!(json["items"][0]["statement"], lines[0]);
        assert!(printed[2].starts_with("by,statement\n"), "{}", printed[2]);
        assert_eq!(printed[3], sql);
    }
}

#[tokio::test]
async fn an_index_is_created_once_and_a_dry_run_prints_it() {
    for place in Place::each("cli_index").await {
        let state = |words: &[&str]| {
            let line = place.run(words).lines().remove(0);
            assert_eq!(line["index"], "actor", "{line}");
            line["state"].as_str().expect("a state").to_owned()
        };
        let words = ["migrate", "index", "actor", "--dry-run"];
        assert_eq!(state(&words), "missing", "{}", place.store);
        let sql = place.run(&[&words[..], &["-o", "table"]].concat()).ok();
        assert_eq!(
            sql,
            "CREATE INDEX operational_activity_actor ON operational_activity (actor_type, actor_id, occurred_at);\n"
        );
        assert_eq!(state(&words), "missing", "{}", place.store);
        assert_eq!(state(&words[..3]), "created", "{}", place.store);
        assert_eq!(state(&words[..3]), "exists", "{}", place.store);
        assert_eq!(state(&words), "exists", "{}", place.store);
        let wrong = place.run(&["migrate", "index", "actors"]);
        assert_eq!(wrong.code, Some(2), "{wrong:?}");
    }
    let ran = Place::sqlite().run(&["migrate", "index", "actor"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("there is no such file"), "{ran:?}");
}
