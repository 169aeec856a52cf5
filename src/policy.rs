//! The policy: rules for the events that are recorded, their level of detail, and their stored form.
//!
//! [`DefaultPolicy`] has levels, masks and limits that can be set one by one. Your own [`Policy`] can replace it.

pub use behavior_trace_core::{Admission, Call, Event, Json, Level, Masks, Policy, Refusal, Uuid};
#[cfg(feature = "runtime")]
pub use behavior_trace_runtime::{DefaultPolicy, InvalidPattern, PolicyError, PolicySource};
