//! The server's clock decides which rows are old, because a maintainer's clock may be wrong.

use std::time::Duration;

use behavior_trace_core::activity;
use behavior_trace_core::{Activity, Timestamp};
use behavior_trace_servers::{Kind, Server};

use super::{Shelf, row};
use crate::retention::{Partitions, Retention};

const MINUTE: i64 = 60_000_000;
const KEEP: Duration = Duration::from_hours(30 * 24);
const KEPT: i64 = 30 * 24 * 60 * MINUTE;

/// Starts a server whose clock is an hour behind that of this process.
fn an_hour_behind(kind: Kind) -> Server {
    let server = Server::start(kind).expect("a server of its own");
    if kind == Kind::MySql {
        let allow = "GRANT SESSION_VARIABLES_ADMIN ON *.* TO 'trace'@'%'; \
             GRANT SESSION_VARIABLES_ADMIN ON *.* TO 'trace'@'localhost'";
        server.sql(allow).expect("allowed");
    }
    let behind = "SET GLOBAL init_connect = 'SET SESSION timestamp = UNIX_TIMESTAMP() - 3600'";
    server.sql(behind).expect("set");
    server
}

/// Returns a row that exceeds the retention time by this many minutes, by the clock of this process.
fn past(minutes: i64) -> Activity<'static> {
    let moment = Timestamp::now().as_micros() - KEPT - minutes * MINUTE;
    activity! {
        occurred_at: Timestamp::from_micros(moment),
        ..row(minutes)
    }
}

async fn left(shelf: &Shelf) -> Vec<Option<i64>> {
    let stored = shelf.stored().await;
    stored.iter().map(|row| row.actor_id).collect()
}

async fn nothing_goes_before_its_time_by_the_servers_clock(kind: Kind) {
    let server = an_hour_behind(kind);
    for archive in [true, false] {
        let shelf = Shelf::on(&server, "nothing_goes_before_its_time").await;
        let mut connection = shelf.connect().await;
        connection
            .insert(&[past(90), past(30)])
            .await
            .expect("stored");
        let retention = if archive {
            Retention::archive(&shelf.url, KEEP)
        } else {
            Retention::delete(&shelf.url, KEEP)
        };
        assert_eq!(retention.run(|_| ()).await.expect("it runs").rows, 1);
        assert_eq!(left(&shelf).await, [Some(30)]);
    }

    let shelf = Shelf::on(&server, "nothing_goes_before_its_time").await;
    let hour = 60 * MINUTE;
    // The partition ended within the last hour by this process's clock; by the server's clock it has not ended yet.
    let end = (Timestamp::now().as_micros() - KEPT).div_euclid(hour) * hour;
    let partitions = Partitions::hourly(&shelf.url);
    let ended = Timestamp::from_micros(end);
    assert!(partitions.adopt_at(ended).await.expect("adopted"));
    let dropped = partitions.drop_expired(KEEP).await.expect("nothing is old");
    assert_eq!(dropped, Vec::<String>::new());
}

#[tokio::test]
async fn nothing_goes_before_its_time_by_the_servers_clock_on_mariadb() {
    nothing_goes_before_its_time_by_the_servers_clock(Kind::MariaDb).await;
}

#[tokio::test]
async fn nothing_goes_before_its_time_by_the_servers_clock_on_mysql() {
    nothing_goes_before_its_time_by_the_servers_clock(Kind::MySql).await;
}
