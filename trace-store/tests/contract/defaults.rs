//! A server's defaults do not change the effect of the recorder's sessions.

use std::sync::mpsc;
use std::time::Duration;

use behavior_trace_core::{Actor, Timestamp};
use behavior_trace_servers::{Kind, Server};

use super::{Shelf, row};
use crate::erasure::Erasure;
use crate::migrate::Migrations;
use crate::preflight::preflight;
use crate::reader::Reader;
use crate::retention::{Partitions, Retention};
use crate::store::{DatabaseUrl, ErrorClass, Purpose, Store};

const DAY: i64 = 86_400_000_000;

/// Returns the statements that set hostile defaults for every new session.
fn hostile(kind: Kind) -> &'static str {
    match kind {
        Kind::MariaDb => {
            "SET GLOBAL completion_type = 'CHAIN'; SET GLOBAL max_join_size = 2000; SET GLOBAL sql_select_limit = 3; \
             SET GLOBAL sql_safe_updates = 1; SET GLOBAL max_statement_time = 0.2; SET GLOBAL sql_mode = 'ORACLE'; \
             SET GLOBAL tx_isolation = 'SERIALIZABLE'; SET GLOBAL tx_read_only = 1; SET GLOBAL autocommit = 0"
        }
        Kind::MySql => {
            "SET GLOBAL completion_type = 'CHAIN'; SET GLOBAL max_join_size = 2000; SET GLOBAL sql_select_limit = 3; \
             SET GLOBAL sql_safe_updates = 1; SET GLOBAL sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT'; \
             SET GLOBAL transaction_isolation = 'SERIALIZABLE'; SET GLOBAL transaction_read_only = 1; \
             SET GLOBAL autocommit = 0"
        }
    }
}

async fn no_default_of_a_server_changes_what_a_session_does(kind: Kind) {
    const NAME: &str = "no_default_of_a_server";
    let server = Server::start(kind).expect("a server");
    let url: DatabaseUrl = server
        .database(NAME)
        .expect("a database")
        .parse()
        .expect("a good URL");
    server.sql(hostile(kind)).expect("hostile");
    let sql = |text: &str| {
        let set_up = "SET SESSION TRANSACTION READ WRITE; SET autocommit = 1; SET sql_mode = ''; \
                      SET completion_type = 0; SET sql_safe_updates = 0; SET sql_big_selects = 1; ";
        let said = server.sql(&format!("{set_up} USE {NAME}; {text}"));
        said.expect(text).trim().to_owned()
    };
    let count = |table: &str| sql(&format!("SELECT COUNT(*) FROM {table}"));

    let migrations = Migrations::new(&url);
    let made = migrations.run().await.expect("migrated").len();
    sql("UPDATE _behavior_trace_migrations SET success = 0 WHERE version = 2");
    assert_eq!(migrations.repair().await.expect("repaired"), 1);
    let line = "_behavior_trace_migrations";
    assert_eq!(count(line), (made - 1).to_string(), "the repair stays");
    migrations.run().await.expect("migrated again");

    let shelf = Shelf::of(url.clone());
    let mut writer = shelf.connect_as_writer().await;
    writer.check_schema().await.expect("it will do");
    let old = Timestamp::now().as_micros() - 30 * DAY;
    let mut rows: Vec<_> = (0..3_000).map(row).collect();
    for (number, row) in (0..).zip(&mut rows) {
        row.occurred_at = Timestamp::from_micros(old + number);
        row.actor_id = Some(number % 2);
    }
    rows[2_999].occurred_at = Timestamp::now();
    rows[17].action = "x".repeat(256).into();
    writer.insert(&rows[1_000..]).await.expect("stored");
    let refused = writer.sift(&rows[..1_000]).await.expect("sifted");
    assert_eq!(refused.len(), 1);
    assert_eq!(count("operational_activity"), "2999");

    let reader = Reader::new(&url);
    let page = reader.query().limit(100).fetch().await.expect("a page");
    assert_eq!(page.items.len(), 100);
    let found = reader.query().count_up_to(5_000).await.expect("a count");
    assert_eq!(found, 2_999);

    let erased = Erasure::new(&url, &Actor::new("ADMIN", 1));
    erased.run().await.expect("erased");
    let left = "operational_activity WHERE actor_id = 1 AND user_agent IS NOT NULL";
    assert_eq!(count(left), "0");
    let keep = Duration::from_hours(8 * 24);
    Retention::archive(&url, keep)
        .run(|_| ())
        .await
        .expect("archived");
    assert_eq!(count("operational_activity"), "1");
    assert_eq!(count("operational_activity_archive"), "2998");
    let partitions = Partitions::daily(&url);
    assert!(partitions.convert().await.expect("adopted"));
    partitions.create_ahead(2).await.expect("made");
}

#[tokio::test]
async fn no_default_of_a_server_changes_what_a_session_does_on_mariadb() {
    no_default_of_a_server_changes_what_a_session_does(Kind::MariaDb).await;
}

#[tokio::test]
async fn no_default_of_a_server_changes_what_a_session_does_on_mysql() {
    no_default_of_a_server_changes_what_a_session_does(Kind::MySql).await;
}

/// The server enforces a limit that a session cannot exceed.
#[tokio::test]
async fn what_cannot_be_set_is_named_with_what_to_write() {
    let server = Server::builder(Kind::MySql)
        .arg("--maximum-group-concat-max-len=1024")
        .start()
        .expect("a server");
    let url: DatabaseUrl = server
        .database("what_cannot_be_set")
        .expect("a database")
        .parse()
        .expect("a good URL");
    let error = Store::open(&url).connect(Purpose::Maintainer).await;
    let error = error.expect_err("a limit");
    assert_eq!(error.class(), ErrorClass::Configuration);
    let reader = Reader::new(&url);
    let read = reader.query().fetch().await.expect_err("a limit");
    for text in [
        error.to_string(),
        read.to_string(),
        verified(&url).expect_err("a limit"),
    ] {
        assert!(
            text.contains("`group_concat_max_len` stayed `1024`"),
            "{text}"
        );
        assert!(
            text.contains("SET SESSION group_concat_max_len = 65536"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_column_narrower_than_the_reference_is_named_by_a_rehearsal() {
    for kind in Kind::ALL {
        let shelf = Shelf::server(kind, "a_column_narrower_than").await;
        verified(&shelf.url).expect("it will do");
        shelf
            .sql("ALTER TABLE operational_activity MODIFY action VARCHAR(64) NOT NULL")
            .await;
        let text = verified(&shelf.url).expect_err("too narrow");
        assert!(
            text.contains("narrower than the reference") && text.contains("'action'"),
            "{text}"
        );
    }
}

/// Connects as `verify()` does.
fn verified(url: &DatabaseUrl) -> Result<(), String> {
    let (sender, receiver) = mpsc::channel();
    let deadline = Duration::from_secs(10);
    preflight(url.clone(), false, deadline, move |answer| {
        let _ = sender.send(answer);
    });
    let answer = receiver.recv().expect("an answer");
    answer.map_err(|error| error.to_string())
}
