//! A foreign unique key never loses a row silently.

use super::{Dialect, ErrorClass, Shelf, on_every_database, row, rows};

on_every_database! {
    a_unique_key_that_is_not_ours_is_named
    a_key_that_holds_ours_does_no_harm
    a_row_is_not_swallowed_by_a_unique_key_that_came_later
}

async fn a_unique_key_that_is_not_ours_is_named(shelf: Shelf) {
    shelf
        .sql("CREATE UNIQUE INDEX one_a_request ON operational_activity (request_id)")
        .await;
    let error = shelf.connect().await.check_schema().await;
    let error = error.expect_err("it would make one event of two");
    assert_eq!(error.class(), ErrorClass::Configuration);
    assert!(error.to_string().contains("`one_a_request`"), "{error}");
}

async fn a_key_that_holds_ours_does_no_harm(shelf: Shelf) {
    shelf
        .sql(
            "CREATE UNIQUE INDEX more ON operational_activity (event_id, occurred_at, resource_id)",
        )
        .await;
    let mut connection = shelf.connect().await;
    connection.check_schema().await.expect("it will do");
    let sent = rows(7);
    for _ in 0..2 {
        connection.insert(&sent).await.expect("stored");
    }
    assert_eq!(shelf.stored().await.len(), 7);
}

async fn a_row_is_not_swallowed_by_a_unique_key_that_came_later(shelf: Shelf) {
    let mut connection = shelf.connect().await;
    let sent = rows(20);
    connection.insert(&sent).await.expect("stored");
    shelf
        .sql("CREATE UNIQUE INDEX one_a_request ON operational_activity (request_id)")
        .await;
    connection.insert(&sent).await.expect("stored already");
    let mut other = rows(30);
    for row in &mut other[..25] {
        row.request_id = Some(format!("other-{}", row.event_id).into());
    }
    other[27].request_id.clone_from(&sent[3].request_id);
    let error = connection.insert(&other).await.expect_err("another event");
    assert_eq!(
        (error.class(), error.stored()),
        (ErrorClass::Configuration, 0),
        "{error}"
    );
    let named = shelf.dialect() == Dialect::Sqlite || error.to_string().contains("`one_a_request`");
    assert!(named, "{error}");
    let error = connection.sift(&other).await.expect_err("another event");
    assert_eq!(error.class(), ErrorClass::Configuration, "{error}");
    assert_eq!(shelf.stored().await.len(), 20);
    connection
        .insert(&[row(99)])
        .await
        .expect("the session is still good");
}
