//! An erasure removes the person and keeps the facts.

use std::time::Duration;

use behavior_trace::policy::DefaultPolicy;
use behavior_trace_core::activity;
use behavior_trace_core::{Activity, Actor, Event, Policy as _};
use behavior_trace_servers::{Kind, Server};
use sqlx::{ConnectOptions as _, Executor as _, raw_sql};
use uuid::Uuid;

use super::{Shelf, on_every_database, row};
use crate::erasure::Erasure;
use crate::query::StoredActivity;
use crate::reader::Reader;
use crate::store::Target;

on_every_database! {
    a_person_is_forgotten_in_both_tables_and_the_facts_are_kept
    a_dry_run_counts_and_changes_nothing
    an_actor_known_by_a_text_is_forgotten_too
    only_the_one_who_was_named_is_forgotten
    two_erasures_of_one_person_at_once_both_hold
    an_id_that_was_cut_is_erased_only_if_all_who_share_it_are_meant
}

const CANARY: &str = "canary@example.org";

/// Stores 120 rows of user 7 and 30 of user 8; a few of both are in the archive.
async fn filled(shelf: &Shelf) {
    let person = |number: i64| {
        activity! {
            actor_type: "USER".into(),
            actor_id: Some(if number < 120 { 7 } else { 8 }),
            payload: format!(
                r#"{{"actor_label":"{CANARY}","diff":{{"email":{{"to":"{CANARY}"}},"age":{{"to":40}}}}}}"#
            )
                .into(),
            user_agent: Some(CANARY.into()),
            ..row(number)
        }
    };
    let rows: Vec<_> = (0..150).map(person).collect();
    shelf.connect().await.insert(&rows).await.expect("stored");
    shelf.sql("INSERT INTO operational_activity_archive SELECT * FROM operational_activity WHERE resource_id IN ('3', '130')").await;
    shelf
        .sql("DELETE FROM operational_activity WHERE resource_id IN ('3', '130')")
        .await;
}

async fn rows_of(shelf: &Shelf, actor: &Actor) -> Vec<StoredActivity> {
    let query = Reader::new(&shelf.url)
        .query()
        .with_archive()
        .actor(actor)
        .limit(1_000);
    query.fetch().await.expect("a page").items
}

async fn a_person_is_forgotten_in_both_tables_and_the_facts_are_kept(shelf: Shelf) {
    filled(&shelf).await;
    let before = rows_of(&shelf, &Actor::user(7)).await;
    let erasure = Erasure::new(&shelf.url, &Actor::user(7)).payload_fields(["Email"]);
    let report = erasure.run().await.expect("it runs");
    assert_eq!(
        (report.matched, report.changed, report.unreadable),
        (120, 120, 0)
    );

    let after = rows_of(&shelf, &Actor::user(7)).await;
    assert!(!format!("{after:?}").contains(CANARY));
    assert_eq!(after.len(), 120);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(
            (after.id, after.activity.event_id),
            (before.id, before.activity.event_id)
        );
        assert_eq!(after.activity.action, before.activity.action);
        assert_eq!(
            (&after.activity.ip_address, &after.activity.user_agent),
            (&None, &None)
        );
        assert_eq!(after.payload().expect("JSON")["diff"]["age"]["to"], 40);
    }
    let others = rows_of(&shelf, &Actor::user(8)).await;
    assert!(
        others.len() == 30
            && others
                .iter()
                .all(|row| row.activity.payload.contains(CANARY))
    );
    assert_eq!(erasure.run().await.expect("it runs").changed, 0);
}

async fn a_dry_run_counts_and_changes_nothing(shelf: Shelf) {
    filled(&shelf).await;
    let before = rows_of(&shelf, &Actor::user(7)).await;
    let report = Erasure::new(&shelf.url, &Actor::user(7))
        .dry_run()
        .run()
        .await
        .expect("it runs");
    assert_eq!((report.matched, report.changed), (120, 120));
    assert_eq!((report.archived, report.unreadable), (1, 0));
    assert_eq!(rows_of(&shelf, &Actor::user(7)).await, before);
}

async fn an_actor_known_by_a_text_is_forgotten_too(shelf: Shelf) {
    let actor = Actor::user("u-7");
    let row = activity! {
        actor_type: "USER".into(),
        actor_id: None,
        payload: format!(r#"{{"actor_ref":"u-7","actor_label":"{CANARY}"}}"#).into(),
        ..row(1)
    };
    shelf.connect().await.insert(&[row]).await.expect("stored");
    assert_eq!(
        Erasure::new(&shelf.url, &actor)
            .run()
            .await
            .expect("it runs")
            .changed,
        1
    );
    let rows = rows_of(&shelf, &actor).await;
    assert!(
        rows.len() == 1 && !format!("{rows:?}").contains(CANARY),
        "{rows:?}"
    );
}

/// Returns a row of an actor whose id is this text.
fn of(number: i64, id: &str) -> Activity<'static> {
    activity! {
        actor_type: "USER".into(),
        actor_id: None,
        payload: format!(r#"{{"actor_ref":"{id}","actor_label":"{CANARY}"}}"#).into(),
        ..row(number)
    }
}

async fn only_the_one_who_was_named_is_forgotten(shelf: Shelf) {
    let rows = [of(1, "bob"), of(2, "bob "), of(3, "Bob")];
    shelf.connect().await.insert(&rows).await.expect("stored");
    let bob = Actor::user("bob");
    let report = Erasure::new(&shelf.url, &bob).run().await.expect("it runs");
    assert_eq!((report.matched, report.changed), (1, 1));
    for (id, kept) in [("bob", false), ("bob ", true), ("Bob", true)] {
        let rows = rows_of(&shelf, &Actor::user(id)).await;
        assert_eq!(rows.len(), 1, "{id:?}");
        assert_eq!(format!("{rows:?}").contains(CANARY), kept, "{id:?}");
        assert_eq!(rows[0].activity.ip_address.is_some(), kept, "{id:?}");
    }
}

async fn two_erasures_of_one_person_at_once_both_hold(shelf: Shelf) {
    let person = |number: i64| {
        activity! {
            actor_type: "USER".into(),
            actor_id: Some(7),
            payload: r#"{"email":"a@b.c","phone":"1","city":"Bern"}"#.into(),
            ..row(number)
        }
    };
    let rows: Vec<_> = (0..400).map(person).collect();
    shelf.connect().await.insert(&rows).await.expect("stored");
    let erasing = ["email", "phone"].map(|field| {
        let erasure = Erasure::new(&shelf.url, &Actor::user(7)).payload_fields([field]);
        tokio::spawn(async move { erasure.run().await })
    });
    for erasing in erasing {
        let report = erasing.await.expect("no panic").expect("it runs");
        assert_eq!((report.matched, report.changed), (400, 400));
    }
    for row in rows_of(&shelf, &Actor::user(7)).await {
        let payload = row.payload().expect("JSON");
        let expected =
            serde_json::json!({"email": "[erased]", "phone": "[erased]", "city": "Bern"});
        assert_eq!(payload, expected);
    }
}

async fn an_id_that_was_cut_is_erased_only_if_all_who_share_it_are_meant(shelf: Shelf) {
    let id = |last: char| format!("{}{last}", "x".repeat(299));
    let row = |number: i64, id: &str| {
        let mut event = Event::default();
        event.action = "user.update";
        event.resource = "User";
        event.actor_type = Some("USER");
        event.actor_id = Some(id);
        event.actor_label = Some(CANARY);
        event.occurred_at = row(number).occurred_at;
        DefaultPolicy::default()
            .finish(Uuid::new_v4(), &event)
            .into_owned()
    };
    let rows = [row(1, &id('a')), row(2, &id('b'))];
    shelf.connect().await.insert(&rows).await.expect("stored");
    let erasure = Erasure::new(&shelf.url, &Actor::user(id('a')));
    let error = erasure
        .run()
        .await
        .expect_err("another shares what was kept");
    assert!(error.is_clipped(), "{error}");
    assert!(error.to_string().contains("including_clipped"), "{error}");
    assert_eq!(rows_of(&shelf, &Actor::user(id('a'))).await.len(), 2);
    let report = erasure.including_clipped().run().await.expect("it runs");
    assert_eq!((report.matched, report.changed), (2, 2));
}

#[tokio::test]
async fn nobody_in_particular_cannot_be_forgotten() {
    let error = Erasure::new(&Shelf::memory().url, &Actor::system())
        .run()
        .await
        .expect_err("nobody");
    assert!(
        error.is_missing_actor_id() && error.to_string().contains("Actor::user(7)"),
        "{error}"
    );
}

/// A writer's lock lasts longer than the three seconds that a statement waits (1205), so the step is retried.
async fn a_lock_that_is_held_long_is_waited_for(kind: Kind) {
    let shelf = Shelf::server(kind, "a_lock_that_is_held_long_is_waited_for").await;
    filled(&shelf).await;
    let Target::MySql(options) = &shelf.url.0 else {
        panic!("not MySQL")
    };
    let mut host = options.connect().connect().await.expect("a connection");
    let lock = "BEGIN; SELECT id FROM operational_activity WHERE actor_id = 7 FOR UPDATE";
    host.execute(raw_sql(lock)).await.expect("locked");
    let erasure = Erasure::new(&shelf.url, &Actor::user(7));
    let erasing = tokio::spawn(async move { erasure.run().await });
    until_waiting(kind, true).await;
    until_waiting(kind, false).await;
    host.execute(raw_sql("ROLLBACK")).await.expect("released");
    let report = erasing.await.expect("no panic").expect("it runs");
    assert_eq!((report.matched, report.changed), (120, 120));
}

/// Waits until the server runs the statement of an erasure, or until it no longer does. The statement cannot finish while
/// the row is locked.
async fn until_waiting(kind: Kind, waits: bool) {
    let server = Server::shared(kind).expect("a server");
    let step = "UPDATE operational_activity SET ip_address";
    let under_way = || server.sql("SHOW FULL PROCESSLIST").expect("an answer");
    while under_way().contains(step) != waits {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_lock_that_is_held_long_is_waited_for_on_mariadb() {
    a_lock_that_is_held_long_is_waited_for(Kind::MariaDb).await;
}

#[tokio::test]
async fn a_lock_that_is_held_long_is_waited_for_on_mysql() {
    a_lock_that_is_held_long_is_waited_for(Kind::MySql).await;
}
