//! Checks that cannot be made do not keep others from being made.

use std::time::{Duration, Instant};

use behavior_trace_servers::Kind;
use sqlx::{ConnectOptions as _, Executor as _, raw_sql};

use super::{Check, FindingLevel, finds, inspected, migrated, on_both_servers};
use crate::grants::Role;
use crate::inspection::subject::Subject;
use crate::store::{DatabaseUrl, Target};

on_both_servers! {
    a_table_that_another_session_has_locked_stops_no_other_check
    a_connection_that_was_lost_is_made_again
}

async fn a_table_that_another_session_has_locked_stops_no_other_check(kind: Kind) {
    let url = migrated(kind, "a_table_that_is_locked").await;
    let Target::MySql(options) = &url.0 else {
        panic!("not MySQL");
    };
    let mut other = options.connect().connect().await.expect("a connection");
    let lock = raw_sql("LOCK TABLES operational_activity WRITE");
    other.execute(lock).await.expect("locked");
    let findings = inspected(&url).await;
    for check in [Check::Schema, Check::Rights, Check::Anonymous] {
        finds(&findings, check, FindingLevel::Warn, "not checked: ");
    }
    finds(
        &findings,
        Check::ProbeRow,
        FindingLevel::Fail,
        "Lock wait timeout",
    );
    finds(&findings, Check::Clock, FindingLevel::Ok, "this machine's");
}

fn without_connection(url: &DatabaseUrl) -> Subject<'_> {
    Subject {
        url,
        role: Role::Writer,
        connection: None,
        gone: None,
        skew: 0,
        transport: None,
        unset: None,
    }
}

async fn a_connection_that_was_lost_is_made_again(kind: Kind) {
    let url = migrated(kind, "a_connection_that_was_lost").await;
    let findings = without_connection(&url)
        .inspect(&[Check::Clock, Check::Indexes])
        .await;
    finds(&findings, Check::Clock, FindingLevel::Ok, "this machine's");
    finds(&findings, Check::Indexes, FindingLevel::Ok, "its own");
}

#[tokio::test]
async fn a_server_that_is_gone_is_waited_for_once() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    let url = format!("mysql://app@{address}/app")
        .parse()
        .expect("a good URL");
    let begun = Instant::now();
    let checks = [Check::Clock, Check::Indexes, Check::Anonymous];
    let findings = without_connection(&url).inspect(&checks).await;
    for check in checks {
        let remedy = finds(&findings, check, FindingLevel::Warn, "not checked: ");
        assert!(!remedy.is_empty());
    }
    assert!(
        begun.elapsed() < Duration::from_secs(9),
        "{:?}",
        begun.elapsed()
    );
}
