//! An axum service whose rows name the actor and the request.
//!
//! ```sh
//! cargo run --example axum --features axum
//! curl -i -X POST  -H 'authorization: Bearer 7' -d Ada           localhost:3000/users
//! curl -i -X PATCH -H 'authorization: Bearer 7' -d 'Ada Lovelace' localhost:3000/users/1
//! ```
//!
//! Ctrl-C stops it and prints the recorded rows. `DATABASE_URL` selects a store other than a file in the temporary
//! directory. `BEHAVIOR_TRACE_TRUSTED_PROXIES` lists the networks whose `x-forwarded-for` is trusted.

mod app;

use std::env;
use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use behavior_trace::BehaviorTrace;
use behavior_trace::http::ContextLayer;
use tokio::net::TcpListener;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = env::temp_dir().join("behavior-trace-axum.db");
    let url = env::var("DATABASE_URL").unwrap_or_else(|_| format!("sqlite:{}", file.display()));
    let recorder = BehaviorTrace::start(url)?;
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_filter(LevelFilter::INFO))
        .with(recorder.layer())
        .init();

    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://{}", listener.local_addr()?);
    // Without the connect info the middleware does not know the peer, and no row has an address.
    let app = app::app(ContextLayer::new()).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app)
        .with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) })
        .await?;

    // Flush after the service has stopped, since no more events follow.
    println!("{}", recorder.flush(Duration::from_secs(5)).await);
    for stored in recorder.reader().query().limit(20).fetch().await?.items {
        let row = stored.activity;
        println!(
            "{} {} {:?} did {} to {} {:?} through {:?} {:?} from {:?}",
            row.occurred_at,
            row.actor_type,
            row.actor_id,
            row.action,
            row.resource,
            row.resource_id,
            row.route_name,
            row.request_id,
            row.ip_address,
        );
    }
    println!("{}", recorder.shutdown(Duration::from_secs(5)).await);
    Ok(())
}
