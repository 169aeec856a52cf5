//! A session that was given up is ended on the server too, and no other session is.

use std::time::Duration;

use behavior_trace_servers::{Kind, Server};
use sqlx::{ConnectOptions as _, Executor as _, raw_sql};
use tokio::time::timeout;

use super::{Shelf, row};
use crate::store::{SessionEnd, SessionName, Target};

async fn a_session_that_hangs_is_ended_and_no_other(kind: Kind) {
    const NAME: &str = "a_session_that_hangs";
    let server = Server::shared(kind).expect("a server");
    let shelf = Shelf::on(server, NAME).await;
    let Target::MySql(options) = &shelf.url.0 else {
        panic!("not MySQL")
    };
    let mut stranger = options.connect().connect().await.expect("a connection");
    stranger
        .execute(raw_sql("LOCK TABLES operational_activity WRITE"))
        .await
        .expect("locked");
    let text = format!(
        "SELECT COUNT(*) FROM information_schema.processlist WHERE db = '{NAME}' AND info LIKE 'INSERT%'"
    );
    let hanging = || server.sql(&text).expect("a count").trim().to_owned();

    let mut given_up = shelf.connect_as_writer().await;
    let name = given_up.name().expect("a name");
    let insert = timeout(Duration::from_millis(500), given_up.insert(&[row(1)])).await;
    assert!(insert.is_err(), "it hangs: {insert:?}");
    drop(given_up);
    assert_eq!(hanging(), "1", "the server has not noticed");

    let mut other = shelf.connect_as_writer().await;
    assert_ne!(other.name().expect("a name"), name);
    let end = other.end(&name).await.expect("an answer");
    assert_eq!(end, SessionEnd::Ended);
    assert_eq!(hanging(), "0");
    let unknown = SessionName("it's nobody's".to_owned());
    for name in [&name, &unknown] {
        let end = other.end(name).await.expect("an answer");
        assert_eq!(end, SessionEnd::Ended, "it is not there");
    }
    stranger
        .execute(raw_sql("UNLOCK TABLES"))
        .await
        .expect("the stranger is untouched");
    other.insert(&[row(2)]).await.expect("stored");
    assert_eq!(shelf.stored().await.len(), 1);
    assert_eq!(shelf.connect().await.name(), None, "writers alone need one");
}

#[tokio::test]
async fn a_session_that_hangs_is_ended_and_no_other_on_mariadb() {
    a_session_that_hangs_is_ended_and_no_other(Kind::MariaDb).await;
}

#[tokio::test]
async fn a_session_that_hangs_is_ended_and_no_other_on_mysql() {
    a_session_that_hangs_is_ended_and_no_other(Kind::MySql).await;
}

/// The wait for another session's lock is shorter than the statement's time limit, so that the outcome is known.
async fn a_lock_is_given_up_before_the_statement(kind: Kind) {
    let shelf = Shelf::server(kind, "a_lock_is_given_up").await;
    let Target::MySql(options) = &shelf.url.0 else {
        panic!("not MySQL")
    };
    let mut stranger = options.connect().connect().await.expect("a connection");
    stranger
        .execute(raw_sql("LOCK TABLES operational_activity READ"))
        .await
        .expect("locked");
    let mut writer = shelf.connect_as_writer().await;
    let insert = timeout(Duration::from_secs(5), writer.insert(&[row(1)])).await;
    let error = insert.expect("an answer in time").expect_err("locked");
    assert_eq!(error.class(), super::ErrorClass::Transient, "{error}");
    stranger
        .execute(raw_sql("UNLOCK TABLES"))
        .await
        .expect("unlocked");
    writer.insert(&[row(1)]).await.expect("stored");
}

#[tokio::test]
async fn a_lock_is_given_up_before_the_statement_on_mariadb() {
    a_lock_is_given_up_before_the_statement(Kind::MariaDb).await;
}

#[tokio::test]
async fn a_lock_is_given_up_before_the_statement_on_mysql() {
    a_lock_is_given_up_before_the_statement(Kind::MySql).await;
}

#[tokio::test]
async fn a_file_that_another_holds_is_waited_for_less_long_than_a_statement() {
    let shelf = Shelf::sqlite().await;
    let Target::Sqlite(options) = &shelf.url.0 else {
        panic!("not SQLite")
    };
    let mut stranger = options.connect.connect().await.expect("a connection");
    stranger
        .execute(raw_sql("BEGIN IMMEDIATE"))
        .await
        .expect("locked");
    let mut writer = shelf.connect_as_writer().await;
    assert_eq!(writer.name(), None);
    let insert = timeout(Duration::from_secs(5), writer.insert(&[row(1)])).await;
    let error = insert.expect("an answer in time").expect_err("locked");
    assert_eq!(error.class(), super::ErrorClass::Transient, "{error}");
}
