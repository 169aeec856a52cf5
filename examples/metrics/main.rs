//! An axum service that Prometheus scrapes.
//!
//! ```sh
//! cargo run --example metrics --features axum,metrics
//! curl -X POST localhost:3000/orders/7/approve
//! curl localhost:3000/metrics
//! curl localhost:3000/health/activity
//! ```
//!
//! Ctrl-C stops it. `DATABASE_URL` selects a store other than a file in the temporary directory; stop that database, and the
//! health becomes `degraded` while `behavior_trace_spooled` grows. `contrib/` has alerts and a dashboard.

mod app;

use std::env;
use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use behavior_trace::BehaviorTrace;
use behavior_trace::metrics::describe;
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::net::TcpListener;
use tracing_subscriber::prelude::*;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let directory = env::temp_dir().join("behavior-trace-metrics");
    let file = format!("sqlite:{}.db", directory.display());
    let recorder = BehaviorTrace::builder()
        .database_url(env::var("DATABASE_URL").unwrap_or(file))
        .migrate(true)
        .spool_dir(&directory)
        .build()?;
    tracing_subscriber::registry().with(recorder.layer()).init();
    let prometheus = PrometheusBuilder::new().install_recorder()?;
    describe();

    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://{}", listener.local_addr()?);
    let app = app::app(&recorder, prometheus).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app)
        .with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) })
        .await?;
    println!("{}", recorder.shutdown(Duration::from_secs(5)).await);
    Ok(())
}
