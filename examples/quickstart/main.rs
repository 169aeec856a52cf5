//! A small service that records its changes and then shows them.
//!
//! ```sh
//! cargo run --example quickstart                                            # a SQLite file in the temporary directory
//! DATABASE_URL=mysql://root@127.0.0.1/activity cargo run --example quickstart
//! ```

mod service;
mod table;

use std::env;
use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use behavior_trace::{Actor, BehaviorTrace, Context};
use service::{Change, Users};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let url = env::var("DATABASE_URL").unwrap_or_else(|_| default_url());
    let recorder = BehaviorTrace::start(url)?;

    // The filter applies to the printing layer only. Activity is recorded in any case.
    tracing_subscriber::registry()
        .with(tracing_subscriber::fmt::layer().with_filter(LevelFilter::WARN))
        .with(recorder.layer())
        .init();

    let verification = recorder.verify(Duration::from_secs(10)).await;
    if !verification.is_ok() {
        return Err(verification.to_string().into());
    }

    let story = format!("quickstart-{}", std::process::id());
    serve_requests(&story).await;

    let report = recorder.flush(Duration::from_secs(10)).await;
    let rows = recorder
        .reader()
        .query()
        .correlation_id(&story)
        .limit(20)
        .oldest_first()
        .fetch()
        .await?
        .items;
    println!(
        "What happened, read back from `operational_activity`:\n\n{}",
        table::of(&rows)
    );
    println!("flushed: {report}");

    println!(
        "ended:   {}",
        recorder.shutdown(Duration::from_secs(5)).await
    );
    Ok(())
}

/// Runs three requests and a job, as a web framework and a scheduler would.
async fn serve_requests(story: &str) {
    let users = Users::default();

    let request = Context::new()
        .correlation_id(story)
        .request_id("r-1")
        .route_name("/users");
    let signing_up = request
        .actor(Actor::anonymous())
        .ip_address("203.0.113.7")
        .user_agent("curl/8.9");
    let ada = signing_up
        .scope(users.create("Ada", "ada@example.org", "hunter2"))
        .await;

    let request = Context::new()
        .correlation_id(story)
        .request_id("r-2")
        .route_name("/users/{id}");
    let by_admin = request
        .actor(Actor::admin(1).with_label("Grace"))
        .ip_address("198.51.100.4");
    let change = Change {
        email: Some("countess@example.org".to_owned()),
        password: Some("correct horse".to_owned()),
    };
    by_admin
        .scope(async { users.update(ada.id, change).await.expect("Ada exists") })
        .await;

    // This call fails, and so leaves no row.
    let request = Context::new()
        .correlation_id(story)
        .request_id("r-3")
        .route_name("/users/{id}");
    let as_a_user = request.actor(Actor::user(99));
    if let Err(error) = as_a_user.scope(users.update(99, Change::default())).await {
        println!("request r-3 failed, as it should: {error}\n");
    }

    let job = Context::new().correlation_id(story).actor(Actor::system());
    job.in_scope(|| users.remove(ada.id));
}

fn default_url() -> String {
    format!(
        "sqlite:{}",
        env::temp_dir()
            .join("behavior-trace-quickstart.db")
            .display()
    )
}
