//! `enabled` queries between the events of a request, none of which is followed by an event.

use tracing::{Dispatch, Level, Metadata, dispatcher};
use tracing_core::Kind;
use tracing_core::callsite::DefaultCallsite;

/// Origin of the `enabled` queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asks {
    Nobody,
    /// The application: `tracing::enabled!`, `event_enabled!` and `span_enabled!`.
    Host,
    /// A database driver, at a computed level and for its own target.
    Driver,
    /// `log::log_enabled!` through `tracing-log`, which queries the dispatcher without a registered callsite; INFO last.
    Log,
    /// `log::log_enabled!` with DEBUG and TRACE last, if enabled: filters keep the state of their last answer.
    LogInDetail,
    /// All of them, each twice.
    All,
}

impl Asks {
    pub(super) const ALL: [Self; 6] = [
        Self::Nobody,
        Self::Host,
        Self::Driver,
        Self::Log,
        Self::LogInDetail,
        Self::All,
    ];

    pub(super) fn ask(self) {
        match self {
            Self::Nobody => {}
            Self::Host => host(),
            Self::Driver => driver(),
            Self::Log => log([2, 1, 0]),
            Self::LogInDetail => log([0, 1, 2]),
            Self::All => (0..2).for_each(|_| {
                host();
                driver();
                log([0, 1, 2]);
            }),
        }
    }
}

fn host() {
    let _ = tracing::enabled!(Level::DEBUG);
    let _ = tracing::event_enabled!(target: "behavior_trace", Level::DEBUG);
    let _ = tracing::span_enabled!(target: "app", Level::DEBUG);
    let _ = tracing::event_enabled!(target: "app", Level::INFO);
}

fn driver() {
    for level in [Level::DEBUG, Level::INFO, Level::WARN] {
        let _ = match level {
            Level::DEBUG => tracing::enabled!(target: "sqlx::query", Level::DEBUG),
            Level::INFO => tracing::enabled!(target: "sqlx::query", Level::INFO),
            _ => tracing::enabled!(target: "sqlx::query", Level::WARN),
        };
    }
    log([2, 0, 1]);
}

macro_rules! question {
    ($level:ident) => {{
        static CALLSITE: DefaultCallsite = DefaultCallsite::new(&METADATA);
        static METADATA: Metadata<'static> = tracing_core::metadata! {
            name: "log record",
            target: "sqlx::query",
            level: Level::$level,
            fields: &["message"],
            callsite: &CALLSITE,
            kind: Kind::EVENT,
        };
        &METADATA
    }};
}

/// Queries the dispatcher like `LogTracer::enabled`, behind `log::max_level`.
fn log(order: [usize; 3]) {
    let questions = [question!(INFO), question!(DEBUG), question!(TRACE)];
    let questions = order.map(|at| questions[at]);
    let loud = |metadata: &&&Metadata<'_>| {
        *metadata.level() <= tracing::level_filters::LevelFilter::current()
    };
    for metadata in questions.iter().filter(loud) {
        dispatcher::get_default(|dispatch: &Dispatch| dispatch.enabled(metadata));
    }
}
