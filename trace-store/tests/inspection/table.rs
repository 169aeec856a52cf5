//! Indexes, partitions, and the share of rows without an actor.

use behavior_trace_core::{Activity, Timestamp, activity};
use behavior_trace_servers::{Kind, Server};
use uuid::Uuid;

use super::{Check, FindingLevel, finds, inspected, migrated, of, on_both_servers, run};
use crate::migrate::{ExtraIndex, Migrations};
use crate::retention::Partitions;
use crate::store::{DatabaseUrl, Purpose, Store};

on_both_servers! {
    a_missing_or_redundant_index_is_named_with_its_statement
    partitions_have_to_reach_a_day_ahead
    a_layout_that_ends_fails_when_it_ends_soon
    rows_without_an_actor_are_warned_of_above_a_tenth
}

async fn a_missing_or_redundant_index_is_named_with_its_statement(kind: Kind) {
    const NAME: &str = "a_missing_or_redundant_index";
    let server = Server::shared(kind).expect("a server");
    let url = migrated(kind, NAME).await;
    for (change, text) in [
        (
            "DROP INDEX operational_activity_cursor ON operational_activity",
            "(occurred_at, id) is missing",
        ),
        (
            "DROP INDEX operational_activity_history ON operational_activity",
            "history of one resource",
        ),
        (
            "CREATE INDEX twice ON operational_activity (correlation_id)",
            "`twice` (correlation_id)",
        ),
        (
            "CREATE INDEX mine ON operational_activity (resource)",
            "gives nothing beside",
        ),
    ] {
        run(server, NAME, change);
        let findings = inspected(&url).await;
        let remedy = finds(&findings, Check::Indexes, FindingLevel::Warn, text);
        run(server, NAME, remedy);
        finds(
            &inspected(&url).await,
            Check::Indexes,
            FindingLevel::Ok,
            "no others",
        );
    }
    let unused = match kind {
        Kind::MySql => {
            "ALTER TABLE operational_activity ALTER INDEX operational_activity_correlation INVISIBLE"
        }
        Kind::MariaDb => {
            "ALTER TABLE operational_activity ALTER INDEX operational_activity_correlation IGNORED"
        }
    };
    run(server, NAME, unused);
    let findings = inspected(&url).await;
    let text = "no query may use";
    let remedy = finds(&findings, Check::Indexes, FindingLevel::Warn, text);
    run(server, NAME, remedy);
    run(
        server,
        NAME,
        "DROP INDEX operational_activity_correlation ON operational_activity; \
         CREATE FULLTEXT INDEX operational_activity_correlation ON operational_activity (correlation_id)",
    );
    let findings = inspected(&url).await;
    let text = "(correlation_id) is missing";
    let remedy = finds(&findings, Check::Indexes, FindingLevel::Warn, text);
    run(server, NAME, remedy);
    run(
        server,
        NAME,
        "CREATE INDEX down ON operational_activity (correlation_id DESC)",
    );
    let findings = inspected(&url).await;
    let text = "`down` (correlation_id DESC)";
    finds(&findings, Check::Indexes, FindingLevel::Ok, text);
    run(server, NAME, "DROP INDEX down ON operational_activity");
    let migrations = Migrations::new(&url);
    migrations.add_index(ExtraIndex::Actor).await.expect("made");
    let extra = "`operational_activity_actor` (actor_type, actor_id, occurred_at)";
    finds(
        &inspected(&url).await,
        Check::Indexes,
        FindingLevel::Ok,
        extra,
    );
    run(
        server,
        NAME,
        "DROP INDEX operational_activity_event ON operational_activity",
    );
    finds(
        &inspected(&url).await,
        Check::Indexes,
        FindingLevel::Fail,
        "twice",
    );
}

async fn partitions_have_to_reach_a_day_ahead(kind: Kind) {
    let url = migrated(kind, "partitions_a_day_ahead").await;
    finds(
        &inspected(&url).await,
        Check::Partitions,
        FindingLevel::Ok,
        "not partitioned",
    );
    let partitions = Partitions::daily(&url);
    partitions.convert().await.expect("converted");
    let findings = inspected(&url).await;
    let remedy = finds(
        &findings,
        Check::Partitions,
        FindingLevel::Warn,
        "no partition is there for now",
    );
    assert!(remedy.contains("partitions ahead"), "{remedy}");
    partitions.create_ahead(0).await.expect("made");
    finds(
        &inspected(&url).await,
        Check::Partitions,
        FindingLevel::Warn,
        "a day ahead, ",
    );
    partitions.create_ahead(1).await.expect("made");
    finds(
        &inspected(&url).await,
        Check::Partitions,
        FindingLevel::Ok,
        "a day ahead",
    );
    let later = Timestamp::from_micros(Timestamp::now().as_micros() + 100 * DAY);
    stored(&url, &[row("USER", later)]).await;
    let findings = inspected(&url).await;
    let [ahead, future] = of(&findings, Check::Partitions)[..] else {
        panic!("{findings:#?}");
    };
    assert_eq!(
        (ahead.level, future.level),
        (FindingLevel::Ok, FindingLevel::Warn)
    );
    assert!(future.found.contains("`future` has rows"), "{future:#?}");
}

async fn a_layout_that_ends_fails_when_it_ends_soon(kind: Kind) {
    const NAME: &str = "a_layout_that_ends";
    let server = Server::shared(kind).expect("a server");
    let url = migrated(kind, NAME).await;
    let partitions = Partitions::daily(&url);
    partitions.convert().await.expect("converted");
    for (spans, level) in [(0, FindingLevel::Fail), (9, FindingLevel::Warn)] {
        partitions.create_ahead(spans).await.expect("made");
        run(
            server,
            NAME,
            "ALTER TABLE operational_activity DROP PARTITION future",
        );
        let findings = inspected(&url).await;
        let remedy = finds(
            &findings,
            Check::Partitions,
            level,
            "the last partition ends at",
        );
        let statement = remedy.split('`').nth(1).expect("a statement");
        run(server, NAME, statement);
    }
    run(
        server,
        NAME,
        "ALTER TABLE operational_activity REMOVE PARTITIONING; \
         ALTER TABLE operational_activity PARTITION BY HASH (DAY(occurred_at)) PARTITIONS 4",
    );
    finds(
        &inspected(&url).await,
        Check::Partitions,
        FindingLevel::Warn,
        "in another way",
    );
}

const DAY: i64 = 24 * 3_600_000_000;

async fn rows_without_an_actor_are_warned_of_above_a_tenth(kind: Kind) {
    let url = migrated(kind, "rows_without_an_actor").await;
    finds(
        &inspected(&url).await,
        Check::Anonymous,
        FindingLevel::Ok,
        "no rows",
    );
    let now = Timestamp::now();
    let old = Timestamp::from_micros(now.as_micros() - 2 * DAY);
    let mut rows: Vec<_> = (0..18).map(|_| row("USER", now)).collect();
    rows.extend((0..2).map(|_| row("ANONYMOUS", now)));
    rows.extend((0..50).map(|_| row("ANONYMOUS", old)));
    stored(&url, &rows).await;
    let findings = inspected(&url).await;
    finds(
        &findings,
        Check::Anonymous,
        FindingLevel::Ok,
        "2 of the 20 rows of the last day",
    );
    stored(&url, &[row("ANONYMOUS", now)]).await;
    let findings = inspected(&url).await;
    let remedy = finds(
        &findings,
        Check::Anonymous,
        FindingLevel::Warn,
        "3 of the 21 rows",
    );
    assert!(remedy.contains("set the actor"), "{remedy}");
}

pub(super) fn row(kind: &'static str, occurred_at: Timestamp) -> Activity<'static> {
    activity! {
        event_id: Uuid::new_v4(),
        occurred_at,
        actor_type: kind.into(),
        action: "user.update".into(),
        resource: "User".into(),
        payload: "{}".into(),
        ..Activity::default()
    }
}

pub(super) async fn stored(url: &DatabaseUrl, rows: &[Activity<'_>]) {
    let connection = Store::open(url).connect(Purpose::Maintainer).await;
    connection
        .expect("connects")
        .insert(rows)
        .await
        .expect("stored");
}
