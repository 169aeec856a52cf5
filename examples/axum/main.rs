//! An axum service whose rows name the actor and the request.
//!
//! ```sh
//! cargo run --example axum --features axum,web
//! curl -i -X POST  -H 'authorization: Bearer 7' -d Ada           localhost:3000/users
//! curl -i -X PATCH -H 'authorization: Bearer 7' -d 'Ada Lovelace' localhost:3000/users/1
//! ```
//!
//! <http://localhost:3000/activity> shows the recorded activity, with some rows of a shop in a new file.
//!
//! Ctrl-C stops it and prints the recorded rows. `DATABASE_URL` selects a store other than a file in the temporary
//! directory. `BEHAVIOR_TRACE_TRUSTED_PROXIES` lists the networks whose `x-forwarded-for` is trusted.

mod app;
mod shop;

use std::env;
use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use behavior_trace::BehaviorTrace;
use behavior_trace::http::ContextLayer;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

/// Waits for the end of the program.
async fn ended(mut stopped: watch::Receiver<()>) {
    // The sender is dropped, and sends nothing before.
    drop(stopped.changed().await);
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let file = env::temp_dir().join("behavior-trace-axum.db");
    let url = env::var("DATABASE_URL").unwrap_or_else(|_| format!("sqlite:{}", file.display()));
    // Invented rows go into the example's own file alone.
    let is_new = env::var_os("DATABASE_URL").is_none() && !file.exists();
    let recorder = BehaviorTrace::start(url)?;
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_filter(LevelFilter::INFO))
        .with(recorder.layer())
        .init();

    if is_new {
        shop::open();
    }

    // The server and the open pages end with the same signal.
    let (stop, stopped) = watch::channel(());
    tokio::spawn(async move {
        drop(tokio::signal::ctrl_c().await);
        drop(stop);
    });
    let activity = app::activity(recorder.reader(), ended(stopped.clone()));

    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://{}", listener.local_addr()?);
    // Without the connect info the middleware does not know the peer, and no row has an address.
    let app = app::app(ContextLayer::new()).nest("/activity", activity);
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, app)
        .with_graceful_shutdown(ended(stopped))
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
