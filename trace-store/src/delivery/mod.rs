//! The way of a batch to the store: attempts, what their answers mean for rows and store, and the law by which a row is given up.
//!
//! What is pure stands apart: [`batch`], [`availability`], [`judgement`] and [`suspects`] decide, [`attempt`] and
//! [`connection_slot`] perform. Whoever has rows to deliver drives them: the recorder's writer does.

pub mod attempt;
pub mod availability;
pub mod backoff;
pub mod batch;
mod configured;
pub mod connection_slot;
pub mod dice;
pub mod judgement;
pub mod row_buffer;
pub mod suspects;

pub use behavior_trace_core::store_driver::{
    ErrorClass, RowRefusal, SessionEnd, SessionName, StoreDriver, StoreError,
};
pub use configured::Configured;

pub use crate::store::SESSION_IDLE;
