//! Records who changed what, when, from where and how.
//!
//! Annotate a function that changes something, install one layer, and every successful call becomes a row of
//! `operational_activity` in MySQL, MariaDB or SQLite. The service never waits for it and never breaks because of it.
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
let recorder = BehaviorTrace::builder().database_url(url).migrate(true).build()?;
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
//! # What is recorded
//!
//! A call that **succeeds**: `Ok` of a `Result`, any plain return value, and for `Option`, `bool` and the like what
//! `on = …` says. A call that fails, panics or is cancelled leaves no row. Of the arguments and the result nothing is
//! captured that the attribute does not name; values under names that mean a secret are masked as they are written. The
//! attribute's own page, [`behavior_trace`](macro@behavior_trace), has the details.
//!
//! Only mutations, and only of the operational kind. Reads, logins, permission changes, durations and deliveries belong to
//! other records; an action that says such a thing (`"user.login"`) does not compile, and the error names the record it
//! belongs to.
//!
//! # Who and through which request
//!
//! A [`Context`] around a task says it for everything inside, across awaits and levels of calls; span fields that
//! existing middleware sets are read as well. The functions themselves say nothing.
//!
//! # What the host may rely on
//!
//! - **It never waits.** An event is a copy into a buffer; a thread of our own does the rest, with its own connections.
//! - **It never sees an error.** Whatever goes wrong is counted, told to the error hook, and ends there.
//! - **Nothing vanishes unsaid.** What was accepted is stored, spooled, set aside as a dead letter, dropped for a counted
//!   reason, or still in memory.
//! - **Nothing is stored twice.** An event keeps its id through every attempt.
//! - **Turning logging down does not turn the record off.** Level filters do not reach annotated functions.
//! - **Other layers see what they see without it.** The layer makes the process no more verbose than its `max_level` says,
//!   `DEBUG` by default.
//! - **It runs where it can keep that**: Linux, Android, macOS, iOS, FreeBSD and Windows with 64-bit atomics. For any other
//!   target it does not compile, and says so.
//!
//! # Where to find what
//!
//! What a service writes every day stands here. The rest has a module by its subject: the
//! [`policy`] and its levels and masks, taking a [`context`] to other tasks and machines, how a [`diff`] compares,
//! [`config`], [`health`] and what was lost, the [`query`], the [`export`] and the [`retention`] of rows, forgetting a person ([`erasure`]), and the
//! [`schema`] with its migrations and grants.
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `runtime` | yes | the queue and the writer: an application that records |
//! | `mysql` | yes | the store for MySQL and MariaDB |
//! | `sqlite` | yes | the store for SQLite, and the spool that outlives outages and crashes |
//! | `tls-rustls-ring` | yes | TLS to the database; turns on rustls's `ring` in the whole program, see the guide's page on compatibility |
//! | `mysql-rsa` | no | passwords of `caching_sha2_password` accounts over TCP without TLS |
//! | `store` | by `runtime`, `mysql`, `sqlite` | reading, exporting and keeping the table, without a queue or a writer |
//! | `layer` | by `runtime` | the `tracing` layer |
//! | `tokio` | by `runtime` | contexts tell tokio's tasks apart, see [`Context::scope`] |
//! | `http` | no | [`http`](mod@crate::http): the tower middleware that gives every request its context; and `StatusCode` and `Response` decide by their status whether a call succeeded |
//! | `axum`, `tonic` | no | the middleware knows axum's route templates, tonic's methods, and the peers of both |
//! | `test` | no | [`test`](mod@crate::test): a capture and assertions for your tests |
//!
//! A library that only annotates its functions depends on this crate with `default-features = false`: that pulls in neither
//! tokio nor sqlx nor a subscriber, and a call costs one load until an application installs the layer.
#![cfg_attr(docsrs, feature(doc_cfg))]

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
#[cfg(feature = "runtime")]
mod install;
pub mod policy;
#[cfg(feature = "store")]
pub mod query;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub mod retention;
#[cfg(feature = "store")]
pub mod schema;
#[cfg(feature = "test")]
pub mod test;

pub use behavior_trace_core::{
    Activity, Actor, ActorId, Callsite, Context, EventHandle, Outcome, Timestamp, UnitOfWork,
    UnitOfWorkFuture, UnitOfWorkHandle, calls_without_layer, catalogue, unit_of_work,
    unit_of_work_blocking, unit_of_work_blocking_with, unit_of_work_with,
};
#[cfg(feature = "layer")]
pub use behavior_trace_layer::BehaviorTraceLayer;
#[cfg(feature = "http")]
pub use behavior_trace_layer::{headers, http};
pub use behavior_trace_macros::{behavior_trace, record};
#[cfg(feature = "runtime")]
pub use behavior_trace_runtime::RecorderHandle;
#[cfg(any(feature = "mysql", feature = "sqlite"))]
pub use behavior_trace_store::transaction;
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
    feature = "mysql",
    feature = "sqlite",
    feature = "test",
    feature = "tonic"
))]
mod guide;
