//! The vocabulary of BehaviorTrace: the parts of an event, and the traits between them.
//!
//! A [`Call`] describes an annotated call, and [`Fields`] collect its values. The [`LayerHandle`] of the current subscriber
//! passes them to a [`Sink`]. There they are decoded into an [`Event`], and a [`Policy`] finishes it into an [`Activity`],
//! one row of `operational_activity`. This package knows no database, no runtime and no subscriber.
//!
//! Applications depend on the facade, `behavior-trace`. This package is for authors of sinks and policies.
#![cfg_attr(docsrs, feature(doc_cfg))]

// The code requires a clock, 64-bit atomics and a linker that gathers the call sites.
#[cfg(not(all(
    target_has_atomic = "64",
    any(
        target_os = "linux",
        target_os = "android",
        target_os = "macos",
        target_os = "ios",
        target_os = "freebsd",
        target_os = "windows"
    )
)))]
compile_error!(
    "behavior-trace supports Linux, Android, macOS, iOS, FreeBSD and Windows, each with 64-bit atomics, and no other target; \
     for WebAssembly leave it out: `#[cfg_attr(not(target_family = \"wasm\"), behavior_trace(…))]`"
);

#[doc(hidden)]
#[path = "private/mod.rs"]
pub mod __private;
mod activity;
mod actor;
mod callsite;
mod catalogue;
pub mod catalogue_file;
mod clock;
#[doc(hidden)]
pub mod columns;
mod context;
mod debug_is_display;
mod encoding;
mod event;
mod event_handle;
mod event_writer;
mod field;
mod fields;
mod interest;
pub mod keys;
mod layer_handle;
pub mod limits;
mod masking;
mod mirror;
mod notice;
mod outcome;
mod panic;
pub mod payload;
mod policy;
mod probe;
mod propagation;
mod record;
mod reentrancy;
mod serialize;
mod sink;
#[doc(hidden)]
pub mod store_driver;
mod unit;
mod unit_of_work;
mod without_layer;

pub use activity::Activity;
pub use actor::{Actor, ActorId};
pub use behavior_trace_domain as domain;
pub use callsite::Callsite;
pub use catalogue::catalogue;
pub use clock::{ParseTimestampError, Timestamp};
pub use context::{Context, ContextToken, ParseTokenError};
pub use event::{Event, Json};
pub use event_handle::EventHandle;
pub use field::Field;
pub use fields::Fields;
pub use layer_handle::{ActiveLayer, LayerHandle, SpanFieldSource};
pub use mirror::Mirror;
pub use outcome::Outcome;
pub use payload::Masks;
pub use policy::{Admission, Call, Level, Policy, Refusal};
pub use probe::{CollectionCheck, CollectionError, is_probe};
pub use propagation::{WithContext, propagate, propagate_each, propagate_fn, tell_tasks_apart};
pub use record::{EventBuilder, NoRecorder, record};
pub use reentrancy::ReentrancyGuard;
pub use sink::{Accept, Counter, Sink};
pub use unit::{PendingActivity, UnitOfWorkHandle};
pub use unit_of_work::{
    UnitOfWork, UnitOfWorkFuture, unit_of_work, unit_of_work_blocking, unit_of_work_blocking_with,
    unit_of_work_with,
};
pub use uuid::Uuid;
pub use without_layer::calls_without_layer;
