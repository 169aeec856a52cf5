//! The example's service on a port, with its database and a load on it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use behavior_trace::BehaviorTrace;
use behavior_trace::health::Stats;
use behavior_trace::metrics::describe;
use behavior_trace_servers::{Kind, Server};
use http::{Request, StatusCode};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tracing_subscriber::prelude::*;

use crate::http::send;

#[path = "../../../examples/metrics/app.rs"]
mod app;

pub(super) use app::approve;

const DATABASE: &str = "scraped";
pub(super) const PATIENCE: Duration = Duration::from_mins(2);

/// The service on a port, and its database.
pub(super) struct Service {
    pub(super) recorder: BehaviorTrace,
    pub(super) server: Server,
    pub(super) address: SocketAddr,
    /// Number of the next order.
    next: Arc<AtomicU64>,
}

impl Service {
    pub(super) async fn start(spool: &Path) -> Self {
        let server = Server::start(Kind::MariaDb).unwrap_or_else(|error| panic!("{error}"));
        let recorder = BehaviorTrace::builder()
            .database_url(server.database(DATABASE).expect("a database"))
            .migrate(true)
            .spool_dir(spool)
            .statement_timeout(Duration::from_secs(1))
            .build()
            .expect("a sound configuration");
        tracing_subscriber::registry().with(recorder.layer()).init();
        let exporter = PrometheusBuilder::new().install_recorder();
        let exporter = exporter.expect("the only one of this process");
        describe();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let app = app::app(&recorder, exporter).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            recorder,
            server,
            address,
            next: Arc::default(),
        }
    }

    pub(super) async fn approve(address: SocketAddr, id: &str) {
        let request = Request::post(format!("http://{address}/orders/{id}/approve"));
        assert_eq!(send(request, "").await.status(), StatusCode::NO_CONTENT);
    }

    /// Approves one order after another until it is stopped.
    pub(super) fn load(&self) -> Load {
        let (stop, next, address) = (Arc::default(), Arc::clone(&self.next), self.address);
        let stopped: Arc<AtomicBool> = Arc::clone(&stop);
        let task = tokio::spawn(async move {
            while !stopped.load(Ordering::Relaxed) {
                let id = next.fetch_add(1, Ordering::Relaxed).to_string();
                Self::approve(address, &id).await;
            }
        });
        Load { stop, task }
    }

    /// Returns the number of orders that the load has approved, without those in a request.
    pub(super) fn approvals(&self) -> u64 {
        self.next.load(Ordering::Relaxed)
    }

    /// Waits until that many more orders have been approved.
    pub(super) async fn approved(&self, more: u64) {
        let goal = self.approvals() + more;
        self.when(|_| self.approvals() >= goal).await;
    }

    pub(super) async fn when(&self, holds: impl Fn(&Stats) -> bool) -> Stats {
        let begun = Instant::now();
        loop {
            let stats = self.recorder.stats();
            if holds(&stats) {
                return stats;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{stats:?} {:?}",
                self.recorder.health()
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(super) fn sql(&self, text: &str) -> String {
        let answer = self.server.sql(&format!("USE {DATABASE}; {text}"));
        answer.expect("a server that answers")
    }

    pub(super) async fn health(&self) -> (StatusCode, Value) {
        let request = Request::get(format!("http://{}/health/activity", self.address));
        let answer = send(request, "").await;
        let body = serde_json::from_str(answer.body()).expect("it is JSON");
        (answer.status(), body)
    }
}

pub(super) struct Load {
    stop: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Load {
    pub(super) async fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.expect("every order is approved");
    }
}
