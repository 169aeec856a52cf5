//! The printed rights suffice and allow nothing more.

use std::time::Duration;

use behavior_trace_servers::{Kind, Server};
use sqlx::{ConnectOptions as _, Executor as _, raw_sql};
use url::Url;

use super::follow::in_flight::{begun, ended};
use super::{ErrorClass, Shelf, row, rows};
use crate::grants::{Role, grants};
use crate::migrate::Migrations;
use crate::reader::Reader;
use crate::retention::Retention;
use crate::store::filter::Table;
use crate::store::{DatabaseUrl, Pool, Purpose, SessionEnd, Store, Target};

#[tokio::test]
async fn each_role_works_with_its_grants_on_mariadb() {
    each_role_works_with_its_grants(Kind::MariaDb).await;
}

#[tokio::test]
async fn each_role_works_with_its_grants_on_mysql() {
    each_role_works_with_its_grants(Kind::MySql).await;
}

async fn each_role_works_with_its_grants(kind: Kind) {
    const DATABASE: &str = "each_role_works_with_its_grants";
    // A separate server, because the tests may not create accounts on the shared one.
    let server = &Server::start(kind).expect("a server");
    server.database(DATABASE).expect("a database");

    let migrator = account(server, DATABASE, Role::Migrator);
    let made = Migrations::new(&migrator)
        .run()
        .await
        .expect("the migrator may make the table");
    assert!(made.len() > 1, "{made:?}");

    let role = if kind == Kind::MySql {
        Role::Writer
    } else {
        Role::MariaDbWriter
    };
    let writer = account(server, DATABASE, role);
    let purpose = Purpose::Writer {
        statement_timeout: Duration::from_secs(5),
    };
    let mut connection = Store::open(&writer)
        .connect(purpose)
        .await
        .expect("the writer may connect");
    let other = Store::open(&writer).connect(purpose).await;
    let other = other.expect("the writer may connect twice");
    let end = connection.end(&other.name().expect("a name")).await;
    assert_eq!(end.expect("the writer may end its own"), SessionEnd::Ended);
    connection
        .check_schema()
        .await
        .expect("the writer may look at the table");
    connection
        .probe_small()
        .await
        .expect("the writer may probe");
    let rows = rows(12);
    connection
        .insert(&rows)
        .await
        .expect("the writer may write");
    connection
        .insert(&rows)
        .await
        .expect("the writer may write again");
    let refusals = connection.sift(&rows).await;
    assert!(refusals.expect("the writer may sift").is_empty());
    if kind == Kind::MySql {
        refused(&writer, "UPDATE operational_activity SET action = 'forged'").await;
    }
    refused(&writer, "UPDATE operational_activity SET id = id + 1").await;
    refused(&writer, "DELETE FROM operational_activity").await;

    let reader = account(server, DATABASE, Role::Reader);
    refused(
        &reader,
        "UPDATE operational_activity SET event_id = event_id",
    )
    .await;
    let found = Reader::new(&reader)
        .query()
        .with_archive()
        .count_up_to(99)
        .await;
    assert_eq!(found.expect("the reader may read"), 12);
    a_reader_sees_that_an_insert_is_in_flight(&writer, &reader).await;
    let mut connection = Store::open(&reader)
        .connect(Purpose::Maintainer)
        .await
        .expect("the reader may connect");
    let error = connection
        .insert(&rows)
        .await
        .expect_err("the reader may not write");
    assert_eq!(error.class(), ErrorClass::Configuration, "{error}");
    assert!(!error.to_string().contains(PASSWORD), "{error}");

    let keeper = account(server, DATABASE, Role::Maintainer);
    let keep = Retention::MIN_KEEP;
    Retention::archive(&keeper, keep)
        .run(|_| ())
        .await
        .expect("the keeper may move rows");
    refused(&keeper, "DELETE FROM operational_activity_archive").await;
}

/// Following asks by locks, which are no right of their own.
async fn a_reader_sees_that_an_insert_is_in_flight(writer: &DatabaseUrl, reader: &DatabaseUrl) {
    let pool = Pool::of(reader);
    let last = pool.last_id(Table::Live).await.expect("an id");
    let ids = [last + 1..=last + 1_000];
    let next = pool.next_id().await;
    assert!(next.expect("the reader may ask for the next id") > Some(last));
    let unlocked = pool.unlocked_within(&ids).await;
    let none = Some(Vec::new());
    assert_eq!(unlocked.expect("the reader may ask by locks"), none);
    let mut transaction = begun(&Shelf::of(writer.clone()), &[row(99)]).await;
    for _ in 0..3 {
        let locked = pool.unlocked_within(&ids).await;
        assert_eq!(locked.expect("it is an answer"), None);
    }
    ended(&mut transaction, "ROLLBACK").await;
    assert_eq!(pool.unlocked_within(&ids).await.expect("an answer"), none);
}

const PASSWORD: &str = "canary-7f3a";

/// Creates an account with the rights of a role and no others.
fn account(server: &Server, database: &str, role: Role) -> DatabaseUrl {
    let name = format!("bt_{role:?}");
    let account = format!("'{name}'@'%'");
    let mut statements = vec![
        format!("DROP USER IF EXISTS {account}"),
        format!("CREATE USER {account} IDENTIFIED BY '{PASSWORD}'"),
    ];
    statements.extend(grants(role, database, &account));
    server.sql(&statements.join("; ")).expect("an account");
    let mut url: Url = server.url(database).parse().expect("a URL");
    url.set_username(&name).expect("a name");
    url.set_password(Some(PASSWORD)).expect("a password");
    url.as_str().parse().expect("a good URL")
}

async fn refused(url: &DatabaseUrl, text: &'static str) {
    let Target::MySql(options) = &url.0 else {
        panic!("not MySQL")
    };
    let mut connection = options.connect().connect().await.expect("a connection");
    let error = connection
        .execute(raw_sql(text))
        .await
        .expect_err(text)
        .to_string();
    assert!(error.contains("denied"), "{error}");
}
