//! Migrations, a takeover from PHP, and the probe row.

use behavior_trace_servers::{Kind, Server};

use super::{
    Check, FindingLevel, Inspection, account_of, finds, inspected, migrated, migrated_on,
    on_both_servers, run,
};
use crate::grants::Role;
use crate::migrate::Migrations;

on_both_servers! {
    each_state_of_the_migrations_has_its_level
    a_takeover_fails_until_it_begins_and_warns_until_it_is_finished
    anothers_table_fails_with_its_remedy
    a_row_that_is_refused_fails
    a_migrator_who_may_not_read_the_records_is_warned
}

async fn each_state_of_the_migrations_has_its_level(kind: Kind) {
    const NAME: &str = "each_state_of_the_migrations";
    let server = Server::shared(kind).expect("a server");
    let url = server
        .database(NAME)
        .expect("a database")
        .parse()
        .expect("a good URL");
    let findings = inspected(&url).await;
    let remedy = finds(
        &findings,
        Check::Schema,
        FindingLevel::Fail,
        "migrations 1, 2 pending",
    );
    assert!(remedy.contains("run the migrations"), "{remedy}");
    let url = migrated(kind, NAME).await;
    for (change, level, text) in [
        (
            "DELETE FROM _behavior_trace_migrations WHERE version = 2",
            FindingLevel::Warn,
            "migrations 2 pending",
        ),
        (
            "UPDATE _behavior_trace_migrations SET success = 0 WHERE version = 1",
            FindingLevel::Warn,
            "migrations 2 pending, migrations 1 incomplete",
        ),
        (
            "UPDATE _behavior_trace_migrations SET success = 1, checksum = 'other' WHERE version = 1",
            FindingLevel::Fail,
            "other SQL",
        ),
    ] {
        run(server, NAME, change);
        finds(&inspected(&url).await, Check::Schema, level, text);
    }
    let url = migrated(kind, NAME).await;
    let later = "INSERT INTO _behavior_trace_migrations (version, description, success, checksum, execution_time) \
         VALUES (99, 'later', 1, 'x', 1)";
    run(server, NAME, later);
    finds(
        &inspected(&url).await,
        Check::Schema,
        FindingLevel::Ok,
        "later release",
    );
    run(
        server,
        NAME,
        "ALTER TABLE operational_activity DROP COLUMN user_agent",
    );
    finds(
        &inspected(&url).await,
        Check::Schema,
        FindingLevel::Fail,
        "",
    );
}

async fn a_takeover_fails_until_it_begins_and_warns_until_it_is_finished(kind: Kind) {
    const NAME: &str = "a_takeover_is_inspected";
    let server = Server::shared(kind).expect("a server");
    let url = server
        .database(NAME)
        .expect("a database")
        .parse()
        .expect("a good URL");
    run(
        server,
        NAME,
        include_str!("../../../tests/php/schema/g1.sql"),
    );
    let findings = inspected(&url).await;
    finds(
        &findings,
        Check::Schema,
        FindingLevel::Fail,
        "no unique key, so nothing is stored",
    );
    let migrations = Migrations::new(&url);
    migrations.run().await.expect("taken over");
    let findings = inspected(&url).await;
    let remedy = finds(
        &findings,
        Check::Schema,
        FindingLevel::Warn,
        "`actor_id` is bigint",
    );
    assert!(remedy.contains("finish"), "{remedy}");
    finds(&findings, Check::ProbeRow, FindingLevel::Ok, "rolled back");
    migrations.finish_takeover().await.expect("finished");
    let findings = inspected(&url).await;
    finds(&findings, Check::Schema, FindingLevel::Ok, "applied");
    let remedy = finds(
        &findings,
        Check::Indexes,
        FindingLevel::Warn,
        "`idx_resource`",
    );
    run(server, NAME, remedy);
    finds(
        &inspected(&url).await,
        Check::Indexes,
        FindingLevel::Ok,
        "its own",
    );
}

async fn anothers_table_fails_with_its_remedy(kind: Kind) {
    const NAME: &str = "anothers_table_is_inspected";
    let server = Server::shared(kind).expect("a server");
    let url = server
        .database(NAME)
        .expect("a database")
        .parse()
        .expect("a good URL");
    run(
        server,
        NAME,
        "CREATE TABLE operational_activity (id INT PRIMARY KEY, name TEXT)",
    );
    let findings = inspected(&url).await;
    let remedy = finds(
        &findings,
        Check::Schema,
        FindingLevel::Fail,
        "is not the recorder's",
    );
    assert!(remedy.contains("rename it"), "{remedy}");
}

async fn a_row_that_is_refused_fails(kind: Kind) {
    const NAME: &str = "a_row_that_is_refused";
    let server = Server::shared(kind).expect("a server");
    let url = migrated(kind, NAME).await;
    run(
        server,
        NAME,
        "ALTER TABLE operational_activity MODIFY action VARCHAR(64) NOT NULL",
    );
    let findings = inspected(&url).await;
    let remedy = finds(
        &findings,
        Check::ProbeRow,
        FindingLevel::Fail,
        "narrower than the reference",
    );
    assert!(remedy.contains("width of the migrations"), "{remedy}");
    let url = migrated(kind, NAME).await;
    run(
        server,
        NAME,
        "CREATE TRIGGER no BEFORE INSERT ON operational_activity FOR EACH ROW \
         SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'not today'",
    );
    finds(
        &inspected(&url).await,
        Check::ProbeRow,
        FindingLevel::Fail,
        "not today",
    );
}

async fn a_migrator_who_may_not_read_the_records_is_warned(kind: Kind) {
    const NAME: &str = "a_migrator_without_records";
    let server = Server::start(kind).expect("a server");
    migrated_on(&server, NAME).await;
    let url = account_of(&server, NAME, Role::Writer);
    finds(
        &inspected(&url).await,
        Check::Schema,
        FindingLevel::Ok,
        "may not read which migrations",
    );
    let findings = Inspection::new(&url).role(Role::Migrator).run().await;
    finds(
        &findings,
        Check::Schema,
        FindingLevel::Warn,
        "may not read which migrations",
    );
}
