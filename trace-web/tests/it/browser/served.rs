//! The page on a port of 127.0.0.1, nested as an application nests it.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use behavior_trace_core::Activity;
use behavior_trace_store::Reader;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

use crate::place::Place;
use crate::site::timeline;

/// Place of the page in the application.
const MOUNT: &str = "/back-office/activity";

/// A server of the page over one database. It ends when it is dropped.
pub(super) struct Served {
    place: Place,
    address: SocketAddr,
    server: Option<Runtime>,
    /// Runs what a test asks of the database.
    own: Runtime,
}

impl Served {
    /// Serves the page over rows in memory.
    pub(super) fn with(rows: &[Activity<'_>]) -> Self {
        Self::over(Place::memory(), rows)
    }

    fn over(place: Place, rows: &[Activity<'_>]) -> Self {
        let own = Runtime::new().expect("a runtime");
        own.block_on(place.insert(rows));
        let mut served = Self {
            place,
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            server: None,
            own,
        };
        served.start();
        served
    }

    /// Serves the page over a database that does not answer.
    pub(super) fn without_a_database() -> Self {
        let mut place = Place::memory();
        place.url = "mysql://root:hunter2@127.0.0.1:1/x".parse().expect("a URL");
        let mut served = Self {
            place,
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            server: None,
            own: Runtime::new().expect("a runtime"),
        };
        served.start();
        served
    }

    /// Starts the server as a new process does: on the same port, with nothing of the one before.
    pub(super) fn start(&mut self) {
        let server = Runtime::new().expect("a runtime");
        let listener = server.block_on(TcpListener::bind(self.address));
        let listener = listener.expect("a port");
        self.address = listener.local_addr().expect("an address");
        let app = app(self.place.reader());
        server.spawn(async move { axum::serve(listener, app).await.expect("served") });
        self.server = Some(server);
    }

    /// Ends the server as a kill does: in the middle of its answers.
    pub(super) fn kill(&mut self) {
        self.server = None;
    }

    /// Stores further rows.
    pub(super) fn insert(&self, rows: &[Activity<'_>]) {
        self.own.block_on(self.place.insert(rows));
    }

    /// Returns the address of a path below the page.
    pub(super) fn at(&self, path: &str) -> String {
        format!("http://{}{MOUNT}{path}", self.address)
    }
}

fn app(reader: Reader) -> Router {
    let page = timeline(reader).home("Back office", "/back-office");
    let home = axum::routing::get(async || "The back office");
    Router::new()
        .route("/back-office", home)
        .nest(MOUNT, page.router(std::future::pending()))
}
