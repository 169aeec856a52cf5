//! The words of BehaviorTrace: what an event is made of, and the traits its parts meet at.
//!
//! An annotated call is described by a [`Call`], gathered into [`Fields`], handed through the [`LayerHandle`] of the current
//! subscriber to a [`Sink`], decoded there as an [`Event`] and finished by a [`Policy`] into an [`Activity`], one row of
//! `operational_activity`. Nothing here knows a database, a runtime or a subscriber.
//!
//! Users depend on the facade, `behavior-trace`; this package is for those who write a sink or a policy of their own.
#![cfg_attr(docsrs, feature(doc_cfg))]

// What the code takes for granted: a clock, 64-bit atomics, a linker that gathers the call sites.
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
mod canary;
mod catalogue;
mod clock;
#[doc(hidden)]
pub mod columns;
mod context;
pub mod domain;
mod encoding;
mod event;
mod field;
mod fields;
mod interest;
pub mod keys;
pub mod limits;
mod mirror;
mod notice;
mod outcome;
pub mod payload;
mod policy;
mod quiet;
mod record;
mod sink;
#[doc(hidden)]
pub mod store_driver;
mod tap;
mod told;
mod unit;

pub use activity::Activity;
pub use actor::{Actor, ActorId};
pub use callsite::Callsite;
pub use canary::{CollectionCheck, CollectionError, is_probe};
pub use catalogue::{calls_without_layer, catalogue};
pub use clock::{ParseTimestampError, Timestamp};
pub use context::{
    Context, ContextToken, ParseTokenError, WithContext, propagate, propagate_each, propagate_fn,
    tell_tasks_apart,
};
pub use event::{Event, Json};
pub use field::Field;
pub use fields::Fields;
pub use mirror::Mirror;
pub use outcome::Outcome;
pub use payload::Masks;
pub use policy::{Admission, Call, Level, Policy, Refusal};
pub use quiet::ReentrancyGuard;
pub use record::{EventBuilder, NoRecorder, record};
pub use sink::{Accept, Counter, Sink};
pub use tap::{ActiveLayer, LayerHandle, SpanFieldSource};
pub use told::EventHandle;
pub use unit::{
    PendingActivity, UnitOfWork, UnitOfWorkFuture, UnitOfWorkHandle, unit_of_work,
    unit_of_work_blocking, unit_of_work_blocking_with, unit_of_work_with,
};
pub use uuid::Uuid;
