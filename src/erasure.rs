//! Forgetting a person: address, agent, label and named payload fields are scrubbed, the facts stay.

pub use behavior_trace_store::{Erasure, ErasureError, ErasureReport};
