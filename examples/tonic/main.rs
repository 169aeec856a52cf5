//! A tonic service whose rows name the actor and the call.
//!
//! ```sh
//! cargo run --example tonic --features tonic
//! ```
//!
//! Ctrl-C stops it. `DATABASE_URL` selects a store other than a file in the temporary directory.

mod app;

use std::env;
use std::error::Error;
use std::time::Duration;

use behavior_trace::BehaviorTrace;
use behavior_trace::http::ContextLayer;
use tonic::transport::Server;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = env::temp_dir().join("behavior-trace-tonic.db");
    let url = env::var("DATABASE_URL").unwrap_or_else(|_| format!("sqlite:{}", file.display()));
    let recorder = BehaviorTrace::start(url)?;
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_filter(LevelFilter::INFO))
        .with(recorder.layer())
        .init();

    println!("listening on http://127.0.0.1:50051");
    Server::builder()
        .layer(ContextLayer::new())
        .add_service(app::Approval)
        .serve_with_shutdown("127.0.0.1:50051".parse()?, async {
            drop(tokio::signal::ctrl_c().await);
        })
        .await?;
    println!("{}", recorder.shutdown(Duration::from_secs(5)).await);
    Ok(())
}
