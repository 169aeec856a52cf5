//! Records who changed what, when, from where and how.
//!
//! Annotate a function that changes something, and install one layer. Every successful call becomes a row of
//! `operational_activity` in MySQL, MariaDB or SQLite. The service never waits for the recorder and never fails because of
//! it.
//!
#![cfg_attr(
    all(feature = "runtime", feature = "sqlite"),
    doc = r#"
```
use behavior_trace::{Actor, BehaviorTrace, Context, behavior_trace};
use std::time::Duration;
use tracing_subscriber::prelude::*;

#[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
async fn rename(id: u64, name: &str) -> Result<(), String> {
    if name.is_empty() { Err("a user needs a name".to_owned()) } else { Ok(()) }
}

# #[tokio::main(flavor = "current_thread")]
# async fn main() -> Result<(), Box<dyn std::error::Error>> {
# let directory = tempfile::tempdir()?;
# let url = format!("sqlite:{}", directory.path().join("activity.db").display());
// let url = "mysql://recorder:secret@db.internal/shop";
let recorder = BehaviorTrace::start(url)?;
# let _subscriber =
tracing_subscriber::registry().with(recorder.layer())
#   .set_default();
# /*
    .init();
# */

Context::new().actor(Actor::user(7)).scope(rename(7, "Ada")).await?;

recorder.flush(Duration::from_secs(5)).await;
let page = recorder.reader().query().resource("User", 7).limit(10).fetch().await?;
assert_eq!(page.items[0].activity.action, "user.update");
recorder.shutdown(Duration::from_secs(5)).await;
# Ok(()) }
```
"#
)]
//!
//! # Recorded calls
//!
//! A call is recorded if it **succeeds**: `Ok` of a `Result`, any plain return value, and for `Option`, `bool` and similar
//! types by `on = …`. A call that fails, panics or is cancelled leaves no row. The recorder captures only the arguments and
//! results that the attribute names. Values whose names imply a secret are masked when they are written. The page of the
//! attribute, [`behavior_trace`](macro@behavior_trace), has the details.
//!
//! Only operational mutations are recorded. Reads, logins, permission changes, durations and deliveries belong to other
//! records. Such an action (`"user.login"`) does not compile, and the error names the record to which it belongs.
//!
//! # Actor and request
//!
//! A [`Context`] around a task provides the actor and the request for everything inside, across awaits and levels of calls.
//! Span fields of existing middleware are read as well. The annotated functions themselves need neither.
//!
//! # Guarantees
//!
//! - **The application never waits.** An event is a copy into a buffer; a thread of the recorder does the rest, with its own
//!   connections.
//! - **The application never sees an error.** Every error is counted and reported to the error hook, and ends there.
//! - **Every accepted event is accounted for.** It is stored, spooled, set aside as a dead letter, dropped for a counted
//!   reason, or still in memory.
//! - **Nothing is stored twice.** An event keeps its id through every attempt.
//! - **A less verbose log does not disable recording.** Level filters do not reach annotated functions.
//! - **Other layers see the same events and spans as without the recorder.** The layer makes the process no more verbose
//!   than its `max_level`, `DEBUG` by default.
//! - **It supports only targets where these guarantees hold**: Linux, Android, macOS, iOS, FreeBSD and Windows with 64-bit
//!   atomics. For any other target it does not compile, with an error that gives the reason.
//!
//! # Modules
//!
//! The items for everyday use are at the root. The others have a module for each subject: the [`policy`] with levels and
//! masks, the [`catalogue`](mod@crate::catalogue) as a file, propagation of a [`context`] to other tasks and machines, comparison in a [`diff`], [`config`], [`health`], losses
//! and metrics, the [`query`], the [`export`] and the [`retention`] of rows, [`erasure`] of a person's data, the [`schema`]
//! with its migrations and grants, an [`inspection`] of both, the [`spool`] with its dead letters, and the [`import`](mod@crate::import) of other
//! recorders' rows.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `runtime` | yes | the queue and the writer: an application that records |
//! | `mysql` | yes | the store for MySQL and MariaDB |
//! | `sqlite` | yes | the store for SQLite, and the spool that survives outages and crashes |
//! | `tls-rustls-ring` | yes | TLS to the database; enables rustls's `ring` in the whole program, see the guide's page on compatibility |
//! | `mysql-rsa` | no | passwords of `caching_sha2_password` accounts over TCP without TLS |
//! | `store` | by `runtime`, `mysql`, `sqlite` | reading, export and maintenance of the table, without a queue or a writer |
//! | `layer` | by `runtime` | the `tracing` layer |
//! | `tokio` | by `runtime` | contexts that distinguish tokio tasks, see [`Context::scope`] |
//! | `headers` | by `http` | [`headers`](mod@crate::headers): the context of a request from its headers, for a framework without middleware |
//! | `http` | no | [`http`](mod@crate::http): the tower middleware that gives every request its context; and `StatusCode` and `Response`, whose status decides whether a call succeeded |
//! | `opentelemetry` | no | the id of the current OpenTelemetry trace as the correlation, where nothing else says one |
//! | `axum`, `tonic` | no | in the middleware: axum's route templates, tonic's methods, and the peers of both; for axum, a route with the [`health`] of a recorder |
//! | `metrics` | no | [`metrics`](mod@crate::metrics): the numbers and the health of a recorder for the `metrics` crate 0.24 |
//! | `import` | no | [`import`](mod@crate::import): the rows of the PHP package and of `spatie/laravel-activitylog` |
//! | `web` | no | [`web`](mod@crate::web): the timeline, a page on which people read the recorded activity, as an axum router |
//! | `test` | no | [`test`](mod@crate::test): a capture and assertions for your tests |
//!
//! A library that only annotates its functions depends on this crate with `default-features = false`. It then needs neither
//! tokio nor sqlx nor a subscriber, and a call costs one load until an application installs the layer.
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod catalogue;
#[cfg(any(feature = "layer", feature = "store"))]
pub mod config;
pub mod context;
pub mod diff;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub mod erasure;
#[cfg(feature = "store")]
pub mod export;
#[cfg(feature = "store")]
pub mod health;
#[cfg(all(feature = "axum", feature = "runtime"))]
mod health_route;
#[cfg(feature = "import")]
pub mod import;
#[cfg(feature = "store")]
pub mod inspection;
#[cfg(feature = "runtime")]
mod install;
#[cfg(feature = "metrics")]
pub mod metrics;
pub mod policy;
#[cfg(feature = "store")]
pub mod query;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub mod retention;
#[cfg(feature = "store")]
pub mod schema;
#[cfg(feature = "sqlite")]
pub mod spool;
#[cfg(feature = "test")]
pub mod test;
#[cfg(feature = "web")]
pub mod web;

pub use behavior_trace_core::{
    Activity, Actor, ActorId, Callsite, Context, EventHandle, Outcome, Timestamp, UnitOfWork,
    UnitOfWorkFuture, UnitOfWorkHandle, calls_without_layer, catalogue, unit_of_work,
    unit_of_work_blocking, unit_of_work_blocking_with, unit_of_work_with,
};
#[cfg(feature = "layer")]
pub use behavior_trace_layer::BehaviorTraceLayer;
#[cfg(feature = "headers")]
pub use behavior_trace_layer::headers;
#[cfg(feature = "http")]
pub use behavior_trace_layer::http;
pub use behavior_trace_macros::{behavior_trace, record};
#[cfg(feature = "runtime")]
pub use behavior_trace_runtime::RecorderHandle;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub use behavior_trace_store::transaction;
#[cfg(feature = "store")]
pub use behavior_trace_store::wire;
#[cfg(feature = "runtime")]
pub use install::{BehaviorTrace, BehaviorTraceBuilder};

#[doc(hidden)]
pub use behavior_trace_core::__private;

/// The README, so that its examples are compiled.
#[cfg(all(doctest, feature = "sqlite", feature = "test"))]
#[doc = include_str!("../README.md")]
struct ReadMe;
#[cfg(all(
    doctest,
    feature = "axum",
    feature = "metrics",
    feature = "mysql",
    feature = "sqlite",
    feature = "test",
    feature = "tonic"
))]
mod guide;
