//! A row that does not fit is refused as such, and takes no other row with it.

use std::borrow::Cow;

use behavior_trace_core::activity;
use behavior_trace_core::{Activity, Timestamp};

use super::{ErrorClass, Shelf, on_every_store, row, rows};

on_every_store! {
    a_row_that_does_not_fit_is_poison
    a_poison_row_takes_back_its_piece_and_no_other
}

fn unfit() -> Vec<(&'static str, Activity<'static>)> {
    let long = |characters: usize| Cow::Owned("é".repeat(characters));
    let some = |characters: usize| Some(long(characters));
    vec![
        (
            "actor_type",
            activity! {
                actor_type: long(33),
                ..row(0)
            },
        ),
        (
            "action",
            activity! {
                action: long(256),
                ..row(0)
            },
        ),
        (
            "resource",
            activity! {
                resource: long(256),
                ..row(0)
            },
        ),
        (
            "resource_id",
            activity! {
                resource_id: some(256),
                ..row(0)
            },
        ),
        (
            "correlation_id",
            activity! {
                correlation_id: some(37),
                ..row(0)
            },
        ),
        (
            "request_id",
            activity! {
                request_id: some(65),
                ..row(0)
            },
        ),
        (
            "route_name",
            activity! {
                route_name: some(256),
                ..row(0)
            },
        ),
        (
            "ip_address",
            activity! {
                ip_address: some(46),
                ..row(0)
            },
        ),
        (
            "user_agent",
            activity! {
                user_agent: some(513),
                ..row(0)
            },
        ),
        (
            "payload",
            activity! {
                payload: "{\"open\":".into(),
                ..row(0)
            },
        ),
        (
            "payload",
            activity! {
                payload: "".into(),
                ..row(0)
            },
        ),
        (
            "occurred_at",
            activity! {
                occurred_at: Timestamp::from_micros(253_402_300_800_000_000),
                ..row(0)
            },
        ),
    ]
}

async fn a_row_that_does_not_fit_is_poison(shelf: Shelf) {
    let mut connection = shelf.connect().await;
    for (column, row) in unfit() {
        let error = connection.insert(&[row]).await.expect_err(column);
        assert_eq!(
            (error.class(), error.stored()),
            (ErrorClass::Value, 0),
            "{column}: {error}"
        );
    }
    let fits = activity! {
        action: "é".repeat(255).into(),
        user_agent: Some("é".repeat(512).into()),
        ..row(1)
    };
    connection
        .insert(std::slice::from_ref(&fits))
        .await
        .expect("the connection is still good");
    assert_eq!(shelf.stored().await.len(), 1);
}

async fn a_poison_row_takes_back_its_piece_and_no_other(shelf: Shelf) {
    let mut sent = rows(1_400);
    sent[1_263].action = "x".repeat(256).into();
    let mut connection = shelf.connect().await;
    let error = connection.insert(&sent).await.expect_err("a row is poison");
    assert_eq!(error.class(), ErrorClass::Value, "{error}");
    assert_eq!(shelf.stored().await.len(), error.stored());
    if shelf.speaks_sql() {
        assert_eq!(error.stored(), 1_000);
    }
    sent.remove(1_263);
    connection.insert(&sent).await.expect("the rest is good");
    assert_eq!(shelf.stored().await.len(), 1_399);
}
