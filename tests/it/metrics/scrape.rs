//! A Prometheus that scrapes the example's service while its database is killed and comes back.

use std::time::{Duration, Instant};

use behavior_trace::health::{HealthStatus, Stats};
use behavior_trace::{Actor, Context, Timestamp, UnitOfWork};
use behavior_trace_servers::{Prometheus, provision_prometheus};
use http::StatusCode;

use super::alerts::{alerts, dashboard_expressions, rules};
use super::expression::metrics;
use super::prometheus::Api;
use super::service::{PATIENCE, Service, approve};
use crate::alone::{alone, block_on};

/// Orders that the table refuses, and events that have no room in their unit of work.
const REFUSED: u64 = 3;
const CLIPPED: u64 = 5;
const INTERVAL: Duration = Duration::from_millis(500);

/// The two sides of the invariant.
const CAME: &str = "behavior_trace_accepted_total + behavior_trace_recovered_total";
const WENT: &str = "behavior_trace_stored_total + behavior_trace_spooled \
                    + behavior_trace_dead_lettered_total \
                    + sum without (reason) (behavior_trace_dropped_total) + behavior_trace_in_memory";

/// Checks the invariant in the first scrape after a moment at which nothing moves, and returns the time of that scrape.
async fn keeps_the_invariant(api: &Api<'_>, recorded: u64, at_rest: &Stats) -> String {
    let scrape = api.first_scrape_after(Timestamp::now()).await;
    let numbers = [
        ("accepted_total", at_rest.accepted),
        ("recovered_total", at_rest.recovered),
        ("stored_total", at_rest.stored),
        ("spooled", at_rest.spooled),
        ("dead_lettered_total", at_rest.dead_lettered),
        ("in_memory", 0),
    ];
    for (name, expected) in numbers {
        let value = api.value(&format!("behavior_trace_{name}"), &scrape).await;
        assert_eq!(value, expected.to_string(), "{name}");
    }
    let dropped = "sum without (reason) (behavior_trace_dropped_total)";
    assert_eq!(
        api.value(dropped, &scrape).await,
        at_rest.dropped.total().to_string()
    );
    let (came, went) = (
        api.value(CAME, &scrape).await,
        api.value(WENT, &scrape).await,
    );
    assert_eq!(came, went);
    assert_eq!(came, recorded.to_string());
    scrape
}

/// Records events in a unit of work that has room for one, so that the others are dropped when it commits.
fn clip() {
    let unit = UnitOfWork::new().limit(128);
    unit.in_scope(|| (0..CLIPPED).for_each(|_| approve("clipped")));
    unit.commit();
}

async fn checks_everything_it_names(api: &Api<'_>, scrape: &str) {
    for (alert, expression) in alerts() {
        for metric in metrics(&expression) {
            let samples = api.query(&metric, Some(scrape)).await;
            assert!(!samples.is_empty(), "{alert}: no {metric}");
        }
    }
    let variables = [
        ("$job", ".*"),
        ("$instance", ".*"),
        ("$recorder", ".*"),
        ("$__rate_interval", "1m"),
        ("$__range", "1m"),
    ];
    for expression in dashboard_expressions() {
        let expression = variables
            .iter()
            .fold(expression, |text, (name, value)| text.replace(name, value));
        let samples = api.query(&expression, Some(scrape)).await;
        assert!(!samples.is_empty(), "{expression} is empty");
    }
}

/// Waits until exactly these alerts fire.
async fn fire(api: &Api<'_>, expected: &[&str]) {
    let begun = Instant::now();
    loop {
        let firing = api.query("ALERTS{alertstate=\"firing\"}", None).await;
        let mut firing: Vec<_> = firing
            .iter()
            .filter_map(|alert| alert["metric"]["alertname"].as_str())
            .collect();
        firing.sort_unstable();
        firing.dedup();
        if firing == expected {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{firing:?}");
        tokio::time::sleep(INTERVAL).await;
    }
}

async fn fault_run() {
    let spool = tempfile::tempdir().expect("a directory");
    let service = Service::start(spool.path()).await;
    let binaries = provision_prometheus().unwrap_or_else(|error| panic!("{error}"));
    let prometheus = Prometheus::start(&binaries, service.address, INTERVAL, &[rules()]);
    let prometheus = prometheus.unwrap_or_else(|error| panic!("{error}"));
    let api = Api(&prometheus);
    service
        .when(|_| service.recorder.health().status == HealthStatus::Healthy)
        .await;
    api.first_scrape_after(Timestamp::now()).await;

    // Rows that are stored, and rows that the table refuses.
    let load = service.load();
    service.approved(50).await;
    service.sql(
        "ALTER TABLE operational_activity ADD CONSTRAINT no_poison CHECK (resource_id NOT LIKE 'poison%')",
    );
    for number in 0..REFUSED {
        Service::approve(service.address, &format!("poison-{number}")).await;
    }
    service.when(|stats| stats.dead_lettered == REFUSED).await;

    // The outage, at rest: everything that came is stored or in the spool.
    service.server.kill().expect("dies");
    service.approved(50).await;
    load.stop().await;
    let outage = service
        .when(|stats| stats.in_memory == 0 && stats.spooled >= 50)
        .await;
    let scrape = keeps_the_invariant(&api, service.approvals() + REFUSED, &outage).await;
    let degraded = api
        .value("behavior_trace_health{status=\"degraded\"}", &scrape)
        .await;
    assert_eq!(degraded, "1");
    let (status, body) = service.health().await;
    assert_eq!(
        (status, &body["status"]),
        (StatusCode::OK, &"degraded".into()),
        "{body}"
    );
    service.when(|stats| stats.oldest_spooled.is_some()).await;
    let scrape = api.first_scrape_after(Timestamp::now()).await;
    let age = api
        .value("behavior_trace_oldest_spooled_seconds", &scrape)
        .await;
    assert!(
        age.parse::<f64>().is_ok_and(|age| age > 0.0 && age < 600.0),
        "{age}"
    );

    // The database is back while orders go on.
    let load = service.load();
    service.approved(50).await;
    service.server.restart().expect("starts again");
    service.when(|stats| stats.stored > outage.stored).await;
    // A loss too, now that the outage has been the only reason of the health.
    Context::new().actor(Actor::user(7)).in_scope(clip);
    service.approved(50).await;
    load.stop().await;
    let rest = service
        .when(|stats| stats.in_memory + stats.spooled == 0)
        .await;
    assert_eq!(
        (rest.dropped.total(), rest.dropped.unit_full),
        (CLIPPED - 1, CLIPPED - 1)
    );
    let scrape = keeps_the_invariant(&api, service.approvals() + REFUSED + CLIPPED, &rest).await;
    let rows = service.sql("SELECT COUNT(*) FROM operational_activity");
    assert_eq!(rows.trim(), rest.stored.to_string());
    for age in ["oldest_unstored_seconds", "oldest_spooled_seconds"] {
        let age = api.value(&format!("behavior_trace_{age}"), &scrape).await;
        assert_eq!(age, "0");
    }
    checks_everything_it_names(&api, &scrape).await;
    fire(
        &api,
        &["BehaviorTraceDeadLetters", "BehaviorTraceEventsLost"],
    )
    .await;
}

#[test]
fn the_first_scrape_at_rest_keeps_the_invariant_to_the_digit_during_an_outage_and_after_it() {
    let name = "metrics::scrape::the_first_scrape_at_rest_keeps_the_invariant_to_the_digit_during_an_outage_and_after_it";
    alone(name, || block_on(fault_run()));
}
