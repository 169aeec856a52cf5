//! The README's installation in a service with its own pool, whose driver queries `enabled` before each statement.

use std::io;
use std::time::Duration;

use behavior_trace::{BehaviorTrace, behavior_trace};
use behavior_trace_servers::Kind;
use sqlx::mysql::MySqlPoolOptions;
use sqlx::{Executor as _, MySqlPool};
use tracing::{Instrument as _, Level, Metadata, dispatcher, info, info_span};
use tracing_core::Kind as Callsites;
use tracing_core::callsite::DefaultCallsite;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, Layer, registry};

use super::work::Foreign;
use crate::alone::{alone, block_on};
use crate::database::Database;

const REQUESTS: i64 = 20;
const DEADLINE: Duration = Duration::from_secs(20);

#[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
async fn update_user(pool: &MySqlPool, id: i64) -> Result<(), sqlx::Error> {
    pool.execute("DO 1").await.map(|_| ())
}

/// Logger that answers `enabled` like `tracing_log::LogTracer`.
struct Asks;

static CALLSITE: DefaultCallsite = DefaultCallsite::new(&METADATA);
static METADATA: Metadata<'static> = tracing_core::metadata! {
    name: "log record",
    target: "sqlx::query",
    level: Level::DEBUG,
    fields: &["message"],
    callsite: &CALLSITE,
    kind: Callsites::EVENT,
};

impl log::Log for Asks {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        dispatcher::get_default(|dispatch| dispatch.enabled(&METADATA))
    }

    fn log(&self, _: &log::Record<'_>) {}

    fn flush(&self) {}
}

async fn request(pool: &MySqlPool, actor_id: i64) -> Result<(), sqlx::Error> {
    pool.execute("SELECT 1").await?;
    let work = async {
        update_user(pool, actor_id).await?;
        pool.execute("SELECT 2").await?;
        info!(target: "behavior_trace", action = "user.rename", resource = "User");
        Ok(())
    };
    work.instrument(info_span!("request", actor_type = "USER", actor_id))
        .await
}

/// Runs a service that logs by `directives`. Checks its rows, and the other layer's events without the driver's own.
async fn serve(directives: &str, test: &str) {
    let database = Database::on(Kind::MariaDb, test);
    let trace = BehaviorTrace::builder()
        .database_url(database.text())
        .migrate(true)
        .build()
        .expect("a sound configuration");
    let seen = Foreign::default();
    let fmt = tracing_subscriber::fmt::layer().with_writer(io::sink);
    registry()
        .with(fmt.with_filter(EnvFilter::new(directives)))
        .with(seen.clone().with_filter(EnvFilter::new(directives)))
        .with(trace.layer())
        .init();
    log::set_logger(&Asks).expect("the first logger");
    log::set_max_level(log::LevelFilter::Debug);

    let pool = MySqlPoolOptions::new().max_connections(2);
    let pool = pool.connect(database.text()).await.expect("a pool");
    for actor_id in 1..=REQUESTS {
        request(&pool, actor_id).await.expect("it works");
    }
    trace.flush(DEADLINE).await;
    let page = trace.reader().query().limit(100).fetch().await;
    let rows = page.expect("a page").items;
    for action in ["user.update", "user.rename"] {
        let of = rows.iter().filter(|row| row.activity.action == action);
        let mut actors: Vec<_> = of.filter_map(|row| row.activity.actor_id).collect();
        actors.sort_unstable();
        assert_eq!(
            actors,
            (1..=REQUESTS).collect::<Vec<_>>(),
            "{directives}: {action}"
        );
    }
    let stats = trace.stats();
    assert_eq!(
        (stats.accepted, stats.without_actor),
        (40, 0),
        "{directives}"
    );
    let spans = seen
        .take()
        .iter()
        .filter(|seen| *seen == "span request")
        .count();
    assert_eq!(spans, 20, "{directives}");
    trace.shutdown(DEADLINE).await;
}

#[test]
fn a_service_at_info_has_its_actors_and_its_events() {
    let name = "layer_beside::host_pool::a_service_at_info_has_its_actors_and_its_events";
    alone(name, || block_on(serve("info", "beside_info")));
}

#[test]
fn a_service_at_info_with_one_target_in_detail_has_its_actors_and_its_events() {
    let name = "layer_beside::host_pool::a_service_at_info_with_one_target_in_detail_has_its_actors_and_its_events";
    alone(name, || {
        block_on(serve("info,app=debug", "beside_app_debug"));
    });
}
