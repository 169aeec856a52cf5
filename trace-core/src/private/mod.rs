//! The items that the attribute's expansion calls. They are not public API and change with the macro in any release.

mod call;
mod call_future;
mod call_pool;
mod call_state;
mod deferred_call;
mod finish;
mod record;
mod success;
mod success_rule;
mod text;

pub use crate::__behavior_trace_callsite as callsite;
pub use crate::__behavior_trace_found as found;
pub use crate::__behavior_trace_ignored as ignored;
pub use crate::callsite::Callsite;
pub use crate::catalogue::linked::CALLSITES;
pub use crate::event_handle::EventHandle;
pub use crate::event_writer::EventWriter;
pub use call::{ActiveCall, DeferredCall, after_await, after_join, before_await};
pub use deferred_call::begins;
pub use linkme;
pub use std::boxed::Box;
pub use std::module_path;
pub use success::{CheckNumber, CheckOutcome, CheckResult, CheckStatus, SuccessCheck};
pub use success_rule::{On, OnAlways, OnFalse, OnNone, OnOk, OnSome, OnTrue};
pub use text::TextOrDisplay;

/// Runs the body of a function.
///
/// The bound always makes the closure an `FnOnce`, so that it may return values borrowed from an argument.
#[inline]
pub fn run<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// Returns whether a layer may be alive. The expansion checks it before it computes anything.
#[inline]
pub fn is_on() -> bool {
    crate::layer_handle::maybe_live()
}

/// Returns the given future.
///
/// Behind this call, another attribute below does not mistake it for a future of the user that still contains the arguments.
#[inline]
pub const fn watched<F: Future>(future: F) -> F {
    future
}

/// Stands in for a value that is never created, and gives the compiler the type of an async body.
pub fn never<R>() -> R {
    unreachable!("stands behind `if false`")
}

/// Expands to its argument. If the path to this macro is wrong, the compiler reports that once and stops there.
#[doc(hidden)]
#[macro_export]
macro_rules! __behavior_trace_found {
    ($made:tt) => {
        $made
    };
}

/// Expands to a binding in place of the pattern `_`. Behind a macro, no attribute mistakes the name for one of the user.
#[doc(hidden)]
#[macro_export]
macro_rules! __behavior_trace_ignored {
    ($name:ident) => {
        $name
    };
}
