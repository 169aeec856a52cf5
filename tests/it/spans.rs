//! Context through the spans of a process.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use behavior_trace::policy::DefaultPolicy;
use behavior_trace::record;
use behavior_trace_core::{Counter, Field, Fields, Policy, Sink, Timestamp, limits};
use behavior_trace_layer::BehaviorTraceLayer;
use tokio::sync::Barrier;
use tokio::task::{self, JoinSet};
use tracing::field::Empty;
use tracing::{Instrument, Span, info, info_span, subscriber};
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

use crate::alone::{alone, block_on, install};
use crate::collected::Collected;

fn touched(n: u64) {
    record!(action = "item.update", resource = "Item", resource_id = n);
}

#[test]
fn what_is_recorded_on_a_span_later_reaches_all_later_events() {
    let sink = Collected::new();
    let layer = BehaviorTraceLayer::new(sink.clone());
    subscriber::with_default(registry().with(layer), || {
        let request = info_span!(
            "request",
            request_id = "r-1",
            actor_id = Empty,
            route = Empty
        );
        request.in_scope(|| {
            let _inner = info_span!("handler", correlation_id = "c-1").entered();
            touched(1);
            request.record("actor_id", 7);
            touched(2);
            request.record("route", "/items/{id}");
            request.record("actor_id", 8);
            info!(target: "behavior_trace", action = "item.update", resource = "Item", resource_id = 3);
        });
    });
    let rows = sink.take();
    let said = rows
        .iter()
        .map(|row| (row.actor_id, row.route_name.as_deref()));
    assert_eq!(
        said.collect::<Vec<_>>(),
        [
            (None, None),
            (Some(7), None),
            (Some(8), Some("/items/{id}"))
        ]
    );
    for row in rows {
        assert_eq!(row.request_id.as_deref(), Some("r-1"));
        assert_eq!(row.correlation_id.as_deref(), Some("c-1"));
    }
}

const REQUESTS: u64 = 2_000;

/// Handles a request that has only a span, which receives its actor late.
async fn handle(n: u64, together: Arc<Barrier>) {
    together.wait().await;
    Span::current().record("actor_id", n);
    touched(n);
    let inner = info_span!("inner", route = format!("/{n}"));
    let spawned = task::spawn(
        async move {
            task::yield_now().await;
            touched(n);
        }
        .instrument(inner),
    );
    task::yield_now().await;
    touched(n);
    spawned.await.expect("it ends");
}

#[test]
fn of_thousands_of_requests_at_once_no_row_has_what_anothers_span_says() {
    let name = "spans::of_thousands_of_requests_at_once_no_row_has_what_anothers_span_says";
    alone(name, || {
        let sink = install();
        block_on(async {
            // In waves, so that new spans reuse the memory of closed ones.
            for wave in 0..4 {
                let count = usize::try_from(REQUESTS / 4).expect("it fits");
                let together = Arc::new(Barrier::new(count));
                let mut requests = JoinSet::new();
                for n in (0..REQUESTS).filter(|n| n % 4 == wave) {
                    let id = format!("r-{n}");
                    let span = info_span!("request", request_id = id, actor_id = Empty);
                    requests.spawn(handle(n, together.clone()).instrument(span));
                }
                requests.join_all().await;
            }
        });
        let rows = sink.take();
        assert_eq!(rows.len(), 3 * usize::try_from(REQUESTS).expect("it fits"));
        for row in rows {
            let n = row.resource_id.as_deref().expect("it says which one it is");
            assert_eq!(row.request_id.as_deref(), Some(&*format!("r-{n}")));
            assert_eq!(row.actor_id.map(|id| id.to_string()).as_deref(), Some(n));
            let route = row.route_name.as_deref();
            assert!(route.is_none_or(|route| route[1..] == *n), "{route:?}");
        }
    });
}

#[test]
fn the_root_span_of_tracing_actix_web_says_all_but_an_address_that_clients_choose() {
    let sink = Collected::new();
    let layer = BehaviorTraceLayer::new(sink.clone());
    subscriber::with_default(registry().with(layer), || {
        // The fields that `root_span!` of tracing-actix-web 0.7 declares, with values in its form.
        let request = info_span!(
            "HTTP request",
            http.method = %"POST",
            http.route = %"/items/{id}",
            http.flavor = %"1.1",
            http.scheme = %"https",
            http.host = %"example.org",
            http.client_ip = %"6.6.6.6",
            http.user_agent = %"tests/1",
            http.target = %"/items/7?token=secret",
            http.status_code = Empty,
            otel.name = %"POST /items/{id}",
            otel.kind = "server",
            otel.status_code = Empty,
            trace_id = Empty,
            request_id = %"0b8e4f6e-6d6c-4d3a-9d2e-1f0f8c1b2a3d",
            exception.message = Empty,
            exception.details = Empty,
        );
        request.record("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736");
        request.in_scope(|| touched(7));
    });
    let row = sink.one();
    assert_eq!(
        row.request_id.as_deref(),
        Some("0b8e4f6e-6d6c-4d3a-9d2e-1f0f8c1b2a3d")
    );
    assert_eq!(
        row.correlation_id.as_deref(),
        Some("4bf92f3577b34da6a3ce929d0e0e4736")
    );
    assert_eq!(row.route_name.as_deref(), Some("/items/{id}"));
    assert_eq!(row.user_agent.as_deref(), Some("tests/1"));
    assert_eq!((row.ip_address, row.actor_id), (None, None));
}

/// Maximum characters captured of each field.
const LIMITS: [(Field, usize); 9] = [
    (Field::ActorType, limits::ACTOR_TYPE),
    (Field::ActorId, limits::NAME),
    (Field::ActorLabel, limits::NAME),
    (Field::Impersonator, limits::NAME),
    (Field::RequestId, limits::REQUEST_ID),
    (Field::CorrelationId, limits::CORRELATION_ID),
    (Field::RouteName, limits::ROUTE_NAME),
    (Field::UserAgent, limits::USER_AGENT),
    (Field::ResourceId, limits::RESOURCE_ID),
];

/// Value that formats up to 100 MB and counts the bytes.
struct Huge(AtomicUsize);

impl fmt::Debug for Huge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for _ in 0..100_000 {
            self.0.fetch_add(1000, Ordering::Relaxed);
            f.write_str(&"é".repeat(500))?;
        }
        Ok(())
    }
}

impl fmt::Display for Huge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

#[test]
fn a_text_of_a_span_or_an_event_is_cut_where_it_is_captured() {
    let sink = Encoded::default();
    let layer = BehaviorTraceLayer::new(Arc::new(sink.clone()));
    subscriber::with_default(registry().with(layer), || {
        let long = "é".repeat(50_000);
        let huge = Huge(AtomicUsize::new(0));
        let begun = info_span!(
            "request",
            actor_type = long,
            actor_id = long,
            actor_label = %long,
            impersonator = ?huge,
            request_id = long,
            correlation_id = ?huge,
            http.route = %long,
            user_agent = long,
            ip_address = long,
        );
        let late = info_span!(
            "request",
            actor_type = Empty,
            user_agent = Empty,
            "enduser.id" = Empty
        );
        late.record("user_agent", &*long);
        late.record("actor_type", tracing::field::debug(&huge));
        late.record("enduser.id", tracing::field::display(&long));
        for span in [begun, late] {
            span.in_scope(|| {
                info!(target: "behavior_trace", action = "item.update", resource = "Item", resource_id = ?huge, reason = ?huge, payload = ?huge);
                info!(target: "behavior_trace", action = "item.update", resource = "Item", resource_id = long, reason = long, payload = long);
                record!(action = "item.update", resource = "Item", resource_id = long, reason = long);
                record!(action = "item.update", resource = "Item", ids = [&huge as &dyn fmt::Display, &long]);
            });
        }
        // Two payloads, and a few kilobytes of each other text.
        let formatted = huge.0.load(Ordering::Relaxed);
        assert!(formatted < 200_000, "{formatted}");
    });
    let events = sink.take();
    assert_eq!(events.len(), 8);
    for fields in events {
        assert!(
            fields.as_bytes().len() < 30_000,
            "{}",
            fields.as_bytes().len()
        );
        for (field, limit) in LIMITS {
            let characters = fields.get(field).map_or(0, |text| text.chars().count());
            assert!(characters <= limit + 1, "{field:?}: {characters}");
        }
        assert_eq!(fields.get(Field::IpAddress), None);
    }
}

/// Sink that keeps events in their encoded form.
#[derive(Clone, Default)]
struct Encoded(Arc<Mutex<Vec<Fields>>>);

impl Encoded {
    fn take(&self) -> Vec<Fields> {
        std::mem::take(&mut self.0.lock().expect("no test panicked"))
    }
}

impl Sink for Encoded {
    fn with_policy(&self, ask: &mut dyn FnMut(&dyn Policy)) {
        ask(&DefaultPolicy::new());
    }

    fn has_room(&self) -> bool {
        true
    }

    fn accept(&self, _: Timestamp, fields: &Fields) {
        self.0
            .lock()
            .expect("no test panicked")
            .push(fields.clone());
    }

    fn count(&self, _: Counter) {}
}

#[test]
fn the_longest_address_of_a_peer_is_none_too_long() {
    let sink = Collected::new();
    let layer = BehaviorTraceLayer::new(sink.clone());
    let address = "1111:2222:3333:4444:5555:6666:7777:8888";
    let peer: std::net::SocketAddr = format!("[{address}]:65535").parse().expect("a peer");
    subscriber::with_default(registry().with(layer), || {
        info_span!("request", ip_address = ?peer).in_scope(|| touched(1));
        info_span!("request", ip_address = %peer).in_scope(|| touched(1));
        info_span!("request", ip_address = peer.to_string()).in_scope(|| touched(1));
    });
    for row in sink.take() {
        assert_eq!(row.ip_address.as_deref(), Some(address));
    }
}
