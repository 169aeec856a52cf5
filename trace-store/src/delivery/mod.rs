//! Delivery of a batch to the store: the attempts, the effect of their results on rows and store, and the rules for giving
//! up a row.
//!
//! Decision and action are separate. [`batch`], [`availability`], [`judgement`] and [`suspects`] decide; [`attempt`] and
//! [`connection_slot`] act. The recorder's writer drives them; a drain, an import and a relay go one batch after the other.

pub mod attempt;
pub mod availability;
pub mod backoff;
pub mod batch;
mod configured;
pub mod connection_slot;
pub mod crowd;
pub mod jitter;
pub mod judgement;
pub(crate) mod one_by_one;
pub mod pages;
pub mod row_buffer;
pub mod session;
pub(crate) mod sorting;
pub mod suspects;

pub use behavior_trace_core::store_driver::{
    ErrorClass, RowRefusal, SessionEnd, SessionName, StoreDriver, StoreError,
};
pub use configured::Configured;

pub use crate::store::SESSION_IDLE;
