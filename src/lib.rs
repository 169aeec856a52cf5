//! BehaviorTrace.

#[doc(hidden)]
pub use behavior_trace_core::__private;
pub use behavior_trace_core::{Actor, Context, Outcome, Trace};
pub use behavior_trace_macros::{behavior_trace, record};
