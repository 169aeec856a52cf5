//! What is compared.

use std::hint::black_box;
use std::io;
use std::thread;
use std::time::Duration;

use behavior_trace_core::{Actor, Call, Context, Field, payload, record};
use behavior_trace_layer::BehaviorTraceLayer;
use behavior_trace_runtime::{Config, DatabaseUrl, Recorder};
use serde::Serialize;
use tracing::{Span, debug, info, info_span};
use tracing_subscriber::layer::Context as LayerContext;
use tracing_subscriber::prelude::*;
use tracing_subscriber::{Layer, registry};

use crate::thread_cpu;

/// A burst is below half of any queue, so that nothing is dropped.
const BURST: usize = 1000;
const BURSTS: usize = 60;
/// The length of a small payload. A text of this kind is only copied; what JSON costs, each side's `payload` row says.
const REASON: &str = "the customer moved, called support on Tuesday about the letters that came back, and asked for both addresses to be kept";

/// What is serialised where a payload is.
#[derive(Serialize)]
struct Moved {
    email: [&'static str; 2],
    name: [&'static str; 2],
    letters: u32,
}

const MOVED: Moved = Moved {
    email: ["ada@example.org", "ada@example.com"],
    name: ["Ada", "Ada Lovelace"],
    letters: 3,
};

/// One way of spending the caller's time.
pub(crate) struct Variant {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    run: fn() -> Figures,
}

/// What a run of it cost, per event.
pub(crate) struct Figures {
    pub(crate) ns: f64,
    pub(crate) allocations: f64,
}

impl Variant {
    pub(crate) const ALL: &'static [Self] = &[
        Self {
            name: "json",
            what: "fmt JSON + non_blocking",
            run: json,
        },
        Self {
            name: "absent",
            what: "recorded, nothing installed",
            run: absent,
        },
        Self {
            name: "context",
            what: "recorded, our context",
            run: context,
        },
        Self {
            name: "spans",
            what: "recorded, context through spans",
            run: spans,
        },
        Self {
            name: "mirrored",
            what: "recorded, mirrored to a layer that ignores it",
            run: mirrored,
        },
        Self {
            name: "written",
            what: "hand-written event, context through spans",
            run: written,
        },
        Self {
            name: "json_payload",
            what: "fmt JSON with a value serialised into it",
            run: json_payload,
        },
        Self {
            name: "context_payload",
            what: "recorded, our context, a value as masked payload",
            run: context_payload,
        },
        Self {
            name: "foreign",
            what: "foreign event, our layer alone",
            run: foreign,
        },
        Self {
            name: "span_json",
            what: "life of a request span: fmt JSON",
            run: span_json,
        },
        Self {
            name: "span_bare",
            what: "life of a request span: registry alone",
            run: span_bare,
        },
        Self {
            name: "span_ours",
            what: "life of a request span: our layer",
            run: span_ours,
        },
    ];

    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|variant| variant.name == name)
    }

    pub(crate) fn run(&self) -> Figures {
        (self.run)()
    }
}

/// The best burst of many, and what a burst allocates once the thread is warm.
fn measure(mut event: impl FnMut()) -> Figures {
    let mut burst = |pause: Duration| {
        let before = thread_cpu();
        (0..BURST).for_each(|_| event());
        let taken = thread_cpu() - before;
        thread::sleep(pause);
        taken
    };
    let pause = Duration::from_millis(15);
    for _warming_up in 0..5 {
        burst(pause);
    }
    let best = (0..BURSTS).map(|_| burst(pause)).fold(f64::MAX, f64::min);
    let allocated = allocation_counter::measure(|| {
        burst(Duration::ZERO);
    });
    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    let (events, allocations) = (BURST as f64, allocated.count_total as f64);
    Figures {
        ns: best / events,
        allocations: allocations / events,
    }
}

fn request_span() -> Span {
    info_span!(
        "request",
        actor_type = "USER",
        actor_id = 4711,
        request_id = "0b8e4f6e-6d6c-4d3a-9d2e-1f0f8c1b2a3d",
        correlation_id = "4bf92f3577b34da6a3ce929d0e0e4736",
        route_name = "/api/v1/users/{id}",
        ip_address = "203.0.113.195",
        user_agent = "Mozilla/5.0 (X11; Linux x86_64; rv:135.0) Gecko/20100101 Firefox/135.0",
    )
}

fn our_context() -> Context {
    Context::new()
        .actor(Actor::user(4711))
        .request_id("0b8e4f6e-6d6c-4d3a-9d2e-1f0f8c1b2a3d")
        .correlation_id("4bf92f3577b34da6a3ce929d0e0e4736")
        .route_name("/api/v1/users/{id}")
        .ip_address("203.0.113.195")
        .user_agent("Mozilla/5.0 (X11; Linux x86_64; rv:135.0) Gecko/20100101 Firefox/135.0")
}

fn recorded() {
    let recorded = record(&Call::judged("user.update", "User"), &mut |draft| {
        draft.fields.put(Field::ResourceId, black_box("4711"));
        draft.fields.put(Field::Reason, black_box(REASON));
    });
    let _ = black_box(recorded);
}

fn recorded_with_payload() {
    let recorded = record(&Call::judged("user.update", "User"), &mut |draft| {
        draft.fields.put(Field::ResourceId, black_box("4711"));
        let _ = payload::write_payload(draft.fields, draft.masks, black_box(&MOVED));
    });
    let _ = black_box(recorded);
}

fn hand_written() {
    info!(
        target: "behavior_trace",
        action = "user.update",
        resource = "User",
        resource_id = black_box("4711"),
        reason = black_box(REASON),
    );
}

fn hand_written_with_payload() {
    let payload = serde_json::to_string(black_box(&MOVED)).unwrap_or_default();
    info!(
        target: "behavior_trace",
        action = "user.update",
        resource = "User",
        resource_id = black_box("4711"),
        payload,
    );
}

fn recorder() -> Recorder {
    let mut config = Config::default();
    config.database_url = Some(DatabaseUrl::memory());
    Recorder::start(config).expect("a recorder in memory starts")
}

fn layer<S>(recorder: &Recorder) -> BehaviorTraceLayer<S> {
    BehaviorTraceLayer::new(recorder.sink())
}

fn json() -> Figures {
    let (writer, _guard) = tracing_appender::non_blocking(io::sink());
    let json = tracing_subscriber::fmt::layer().json().with_writer(writer);
    registry().with(json).init();
    request_span().in_scope(|| measure(hand_written))
}

fn json_payload() -> Figures {
    let (writer, _guard) = tracing_appender::non_blocking(io::sink());
    let json = tracing_subscriber::fmt::layer().json().with_writer(writer);
    registry().with(json).init();
    request_span().in_scope(|| measure(hand_written_with_payload))
}

fn context_payload() -> Figures {
    let recorder = recorder();
    registry().with(layer(&recorder)).init();
    our_context().in_scope(|| measure(recorded_with_payload))
}

fn absent() -> Figures {
    measure(recorded)
}

fn context() -> Figures {
    let recorder = recorder();
    registry().with(layer(&recorder)).init();
    our_context().in_scope(|| measure(recorded))
}

fn spans() -> Figures {
    let recorder = recorder();
    registry().with(layer(&recorder)).init();
    request_span().in_scope(|| measure(recorded))
}

fn mirrored() -> Figures {
    struct Ignores;
    impl<S: tracing::Subscriber> Layer<S> for Ignores {
        fn on_event(&self, event: &tracing::Event<'_>, _: LayerContext<'_, S>) {
            black_box(event);
        }
    }
    let recorder = recorder();
    registry().with(Ignores).with(layer(&recorder)).init();
    our_context().in_scope(|| measure(recorded))
}

fn written() -> Figures {
    let recorder = recorder();
    registry().with(layer(&recorder)).init();
    request_span().in_scope(|| measure(hand_written))
}

fn foreign() -> Figures {
    let recorder = recorder();
    registry().with(layer(&recorder)).init();
    measure(|| debug!(target: "sqlx::query", rows = black_box(1), "SELECT 1"))
}

fn span_json() -> Figures {
    let (writer, _guard) = tracing_appender::non_blocking(io::sink());
    let json = tracing_subscriber::fmt::layer().json().with_writer(writer);
    registry().with(json).init();
    measure(|| request_span().in_scope(|| black_box(())))
}

fn span_bare() -> Figures {
    registry().init();
    measure(|| request_span().in_scope(|| black_box(())))
}

fn span_ours() -> Figures {
    let recorder = recorder();
    registry().with(layer(&recorder)).init();
    measure(|| request_span().in_scope(|| black_box(())))
}
