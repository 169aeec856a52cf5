//! The items that the attribute's expansion calls. No part of the public API: it changes with the macro, in any release.

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
pub use success::{CheckNumber, CheckOutcome, CheckResult, CheckStatus, SuccessCheck};
pub use success_rule::{On, OnAlways, OnFalse, OnNone, OnOk, OnSome, OnTrue};
pub use text::TextOrDisplay;

/// Runs the body of a function.
///
/// The bound makes the closure an `FnOnce` in any case, so that it may return what it borrows from an argument.
#[inline]
pub fn run<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// Returns whether a layer may be alive: to be asked before anything is computed.
#[inline]
pub fn is_on() -> bool {
    crate::layer_handle::maybe_live()
}

/// Returns the future that it is given.
///
/// Behind a call, an attribute below does not take it for one that the user wrote, in which the arguments still are.
#[inline]
pub const fn watched<F: Future>(future: F) -> F {
    future
}

/// Stands for a value that is never made, and gives the compiler the type of an async body.
pub fn never<R>() -> R {
    unreachable!("stands behind `if false`")
}

/// Returns what it is given. Where the path to it is wrong, the compiler reports that once, and reads no further.
#[doc(hidden)]
#[macro_export]
macro_rules! __behavior_trace_found {
    ($made:tt) => {
        $made
    };
}

/// Stands for the pattern `_`, but binds: behind a macro, no attribute takes the name for one of the user's.
#[doc(hidden)]
#[macro_export]
macro_rules! __behavior_trace_ignored {
    ($name:ident) => {
        $name
    };
}
