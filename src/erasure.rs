//! Erasure of a person's data: address, user agent, label and named payload fields are scrubbed; the recorded changes stay.

pub use behavior_trace_store::{Erasure, ErasureError, ErasureReport};
