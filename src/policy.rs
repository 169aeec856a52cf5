//! The rules: what is recorded, how much of it, and in what shape it is stored.
//!
//! [`DefaultPolicy`] has levels, masks and limits that can be set one by one; a [`Policy`] of one's own replaces it.

pub use behavior_trace_core::{Admission, Call, Event, Json, Level, Masks, Policy, Refusal, Uuid};
#[cfg(feature = "runtime")]
pub use behavior_trace_runtime::{DefaultPolicy, InvalidPattern, PolicyError, PolicySource};
