//! The page on a port of 127.0.0.1, nested as an application nests it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use behavior_trace_core::Activity;
use behavior_trace_store::Reader;
use http_body_util::BodyExt as _;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::time::timeout;

use crate::place::Place;
use crate::site::timeline;

/// Place of the page in the application.
const MOUNT: &str = "/back-office/activity";

/// Time within which a tail opens or closes.
const SOON: Duration = Duration::from_secs(10);

/// A server of the page over one database. It ends when it is dropped.
pub(super) struct Served {
    place: Place,
    address: SocketAddr,
    server: Option<Runtime>,
    tails: watch::Sender<usize>,
    refusals: watch::Sender<usize>,
    /// Runs what a test asks of the database.
    own: Runtime,
}

impl Served {
    /// Serves the page over rows in memory.
    pub(super) fn with(rows: &[Activity<'_>]) -> Self {
        Self::over(Place::memory(), rows)
    }

    fn over(place: Place, rows: &[Activity<'_>]) -> Self {
        let mut served = Self {
            place,
            address: (Ipv4Addr::LOCALHOST, 0).into(),
            server: None,
            tails: watch::Sender::new(0),
            refusals: watch::Sender::new(0),
            own: Runtime::new().expect("a runtime"),
        };
        if !rows.is_empty() {
            served.insert(rows);
        }
        served.start();
        served
    }

    /// Serves the page over a database that does not answer.
    pub(super) fn without_a_database() -> Self {
        let mut place = Place::memory();
        place.url = "mysql://root:hunter2@127.0.0.1:1/x".parse().expect("a URL");
        Self::over(place, &[])
    }

    /// Starts the server as a new process does: on the same port, with nothing of the one before.
    pub(super) fn start(&mut self) {
        let app = app(self.place.reader(), self.tails.clone());
        self.serve(app);
    }

    /// Starts a proxy on the same port, which has no server behind it. It answers all requests with a status.
    pub(super) fn start_a_proxy_alone(&mut self, status: u16) {
        let refusals = self.refusals.clone();
        let status = StatusCode::from_u16(status).expect("a status");
        let answer = async move || {
            refusals.send_modify(|count| *count += 1);
            status
        };
        self.serve(Router::new().fallback(answer));
    }

    fn serve(&mut self, app: Router) {
        let server = Runtime::new().expect("a runtime");
        let listener = server.block_on(TcpListener::bind(self.address));
        let listener = listener.expect("a port");
        self.address = listener.local_addr().expect("an address");
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

    /// Waits until so many tails are open.
    #[track_caller]
    pub(super) fn wait_for_tails(&self, count: usize) {
        self.wait(&self.tails, |now| now == count);
    }

    /// Waits until the proxy has refused so many requests.
    #[track_caller]
    pub(super) fn wait_for_refusals(&self, count: usize) {
        self.wait(&self.refusals, |now| now == count);
    }

    /// Waits until the proxy has refused a request, and perhaps further ones.
    #[track_caller]
    pub(super) fn wait_for_a_refusal(&self) {
        self.wait(&self.refusals, |now| now > 0);
    }

    #[track_caller]
    fn wait(&self, counter: &watch::Sender<usize>, is_it: impl Fn(usize) -> bool) {
        let mut counter = counter.subscribe();
        let is_so = async {
            let is_so = counter.wait_for(|now| is_it(*now));
            timeout(SOON, is_so).await.is_ok()
        };
        let is_so = self.own.block_on(is_so);
        assert!(is_so, "it is {}", *counter.borrow());
    }

    /// Returns the address of a path below the page.
    pub(super) fn at(&self, path: &str) -> String {
        format!("http://{}{MOUNT}{path}", self.address)
    }
}

fn app(reader: Reader, tails: watch::Sender<usize>) -> Router {
    let page = timeline(reader).home("Back office", "/back-office");
    let page = page.router(std::future::pending());
    let home =
        "<!DOCTYPE html><html lang=en><title>The back office</title><h1>The back office</h1>";
    let home = axum::routing::get(async move || axum::response::Html(home));
    Router::new()
        .route("/back-office", home)
        .nest(MOUNT, page)
        .layer(from_fn(move |request, next| {
            counted(request, next, tails.clone())
        }))
}

/// A tail that is open.
struct OpenTail(watch::Sender<usize>);

impl Drop for OpenTail {
    fn drop(&mut self) {
        self.0.send_modify(|open| *open -= 1);
    }
}

/// Counts the tails that are open.
async fn counted(request: Request, next: Next, tails: watch::Sender<usize>) -> Response {
    let is_tail = request.uri().path().ends_with("/tail");
    let response = next.run(request).await;
    if !is_tail {
        return response;
    }
    tails.send_modify(|open| *open += 1);
    let tail = OpenTail(tails);
    response.map(|body| {
        Body::new(body.map_frame(move |frame| {
            let _ = &tail;
            frame
        }))
    })
}
