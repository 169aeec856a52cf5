//! Contract of every store, checked on each: memory, SQLite, MariaDB and MySQL.
//!
//! The tests read rows back in plain SQL, so that the code under test does not check itself.

mod account;
mod binlog;
mod clock;
mod create_database;
mod defaults;
mod end;
mod erase;
mod exchanges;
mod explain;
mod export;
mod first_minutes;
mod follow;
mod grants;
mod group_limit;
mod groups;
mod hostile;
mod hosts;
mod insert;
mod meanwhile;
mod migrations;
mod numbers;
mod oracle;
mod paging;
mod partitions;
mod partitions_preview;
mod poison;
mod probe;
mod pruned;
mod read;
mod retention;
mod retention_preview;
mod row_format;
mod schema;
mod sift;
mod silence;
mod unique;
mod unprepared;

use behavior_trace_core::activity;
use behavior_trace_core::{Activity, Timestamp};
use uuid::Uuid;

use oracle::Shelf;

use super::{Connection, Dialect, ErrorClass};

/// Runs each check on each store, every one in a separate database.
macro_rules! on_every_store {
    ($($check:ident)*) => {
        mod memory { $(#[tokio::test] async fn $check() { super::$check(super::Shelf::memory()).await; })* }
        super::on_every_database! { $($check)* }
    };
}
use on_every_store;

/// Runs each check on each store except the one in memory, for checks that need SQL.
macro_rules! on_every_database {
    ($($check:ident)*) => {
        mod sqlite { $(#[tokio::test] async fn $check() { super::$check(super::Shelf::sqlite().await).await; })* }
        mod mariadb {
            use behavior_trace_servers::Kind;
            $(#[tokio::test] async fn $check() { super::$check(super::Shelf::server(Kind::MariaDb, stringify!($check)).await).await; })*
        }
        mod mysql {
            use behavior_trace_servers::Kind;
            $(#[tokio::test] async fn $check() { super::$check(super::Shelf::server(Kind::MySql, stringify!($check)).await).await; })*
        }
    };
}
use on_every_database;

/// Returns a row with every column filled, `number` microseconds after a fixed time.
fn row(number: i64) -> Activity<'static> {
    activity! {
        event_id: Uuid::new_v4(),
        occurred_at: Timestamp::from_micros(1_790_000_000_000_000 + number),
        actor_type: "ADMIN".into(),
        actor_id: Some(number),
        action: "user.update".into(),
        resource: "User".into(),
        resource_id: Some(number.to_string().into()),
        payload: format!(r#"{{"number":{number}}}"#).into(),
        correlation_id: Some("c-1".into()),
        request_id: Some(format!("r-{number}").into()),
        route_name: Some("/users/{id}".into()),
        ip_address: Some("2001:db8::1".into()),
        user_agent: Some("curl/8".into()),
    }
}

fn rows(count: i64) -> Vec<Activity<'static>> {
    (0..count).map(row).collect()
}
