//! A server that accepts connections and never answers.

use std::net::TcpListener;
use std::time::Duration;

use behavior_trace_core::Actor;

use crate::erasure::Erasure;
use crate::migrate::{ExtraIndex, Migrations};
use crate::retention::{Partitions, Retention};
use crate::store::DatabaseUrl;

const YEAR: Duration = Duration::from_hours(365 * 24);

/// Returns a listener whose connections the kernel accepts and no one reads.
fn silent() -> (TcpListener, DatabaseUrl) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let url = format!("mysql://app@{address}/app?ssl-mode=disabled");
    (listener, url.parse().expect("a good URL"))
}

/// Runs all calls at once, since each waits for its full time limit.
#[tokio::test]
async fn a_server_that_says_nothing_is_not_waited_for_for_ever() {
    let (_listener, url) = silent();
    let (retention, erasure) = (
        Retention::archive(&url, YEAR),
        Erasure::new(&url, &Actor::user(7)),
    );
    let (partitions, migrations) = (Partitions::daily(&url), Migrations::new(&url));
    let (retained, erased, ahead, run, status, repaired, index) = tokio::join!(
        retention.run(|_| ()),
        erasure.run(),
        partitions.create_ahead(7),
        migrations.run(),
        migrations.status(),
        migrations.repair(),
        migrations.add_index(ExtraIndex::Actor),
    );
    assert!(retained.expect_err("no answer").is_transient());
    assert!(erased.expect_err("no answer").is_transient());
    assert!(ahead.expect_err("no answer").is_transient());
    for error in [run.err(), status.err(), repaired.err(), index.err()] {
        let error = error.expect("no answer").to_string();
        assert!(error.contains("has not answered within"), "{error}");
    }
}
