//! What the attribute's expansion calls. No part of the public API: it changes with the macro, in any release.

mod ahead;
mod entry;
mod finish;
mod judge;
mod on;
mod pen;
mod record;
mod said;
mod spares;
mod watch;

pub use crate::__behavior_trace_callsite as callsite;
pub use crate::__behavior_trace_found as found;
pub use crate::__behavior_trace_ignored as ignored;
pub use crate::callsite::Callsite;
pub use crate::catalogue::linked::CALLSITES;
pub use crate::told::EventHandle;
pub use ahead::begins;
pub use entry::{Entry, Unasked, joined, resumes, waits};
pub use judge::{Answer, Judge, Telling, Told, Valued};
pub(crate) use judge::{is_scalar, may_fail};
pub use linkme;
pub use on::{On, OnAlways, OnFalse, OnNone, OnOk, OnSome, OnTrue};
pub use pen::Pen;
pub use said::Said;
pub use std::boxed::Box;

/// Runs the body of a function. The bound makes the closure an `FnOnce`, whatever its body does, so that it may return
/// what it borrows from an argument.
#[inline]
pub fn run<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// Whether a layer may be alive: to be asked before anything is computed.
#[inline]
pub fn is_on() -> bool {
    crate::tap::maybe_live()
}

/// The future that it is given. Behind a call, an attribute below does not take it for one that the user wrote, in which
/// the arguments still are.
#[inline]
pub const fn watched<F: Future>(future: F) -> F {
    future
}

/// A value that is never made, to tell the compiler the type of an async body.
pub fn never<R>() -> R {
    unreachable!("stands behind `if false`")
}

/// Stands for what it is given. Where the path to it is wrong the compiler says that once, and reads no further.
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
