//! What counts as success.

#[cfg(feature = "http")]
mod http;
mod process;

use std::rc::Rc;
use std::sync::Arc;

use crate::__private::{is_scalar, may_fail};

/// A return value that says whether the call succeeded.
///
/// `Result` is one, and `()`; so are `ExitCode`, `ExitStatus` and `Output` of `std::process`, and, with the feature `http`,
/// `http::StatusCode`, `http::Response<_>` and a tuple that begins with one of the two: 2xx and 3xx succeed. So is a
/// reference to any of them, or a `Box`, `Rc` or `Arc` of one. Implement it for a type of your own that can mean failure; a
/// type that implements nothing counts as success when it is returned; where generic code cannot know whether it implements
/// it, the attribute asks for `on = …`. `Option`, `bool`, `Poll` and `ControlFlow` are left out on purpose: whether
/// `None` is good news depends on the function, so the attribute asks for `on = …` there.
///
/// To the attribute an `Ok` that holds an outcome is a success if that one is, too: `Ok(404)` and `Ok(Err(_))` are none.
///
/// ```
/// use behavior_trace_core::Outcome;
///
/// enum Saved {
///     Done(u64),
///     Conflict,
/// }
///
/// impl Outcome for Saved {
///     type Success = u64;
///
///     fn success(&self) -> Option<&u64> {
///         match self {
///             Saved::Done(id) => Some(id),
///             Saved::Conflict => None,
///         }
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whether the call succeeded",
    label = "neither a `Result` nor a type with an `Outcome`",
    note = "return a `Result`, implement `behavior_trace::Outcome` for `{Self}`, or add `on = …` to the attribute",
    note = "around a unit of work, say it for any type: `unit_of_work_with(…, |output| …)`"
)]
pub trait Outcome {
    /// What there is in case of success; the closures of the attribute see it.
    type Success: ?Sized;

    /// The success, if it is one.
    fn success(&self) -> Option<&Self::Success>;

    /// Returns whether the success is seen to be a success by the size of its type alone, which costs nothing.
    #[doc(hidden)]
    #[inline]
    fn is_final(&self) -> bool {
        true
    }

    /// Returns whether the success may be a failure in turn, seen where generics have been filled in.
    #[doc(hidden)]
    #[inline]
    fn may_hide_failure(&self) -> bool {
        false
    }
}

impl<T, E> Outcome for Result<T, E> {
    type Success = T;

    #[inline]
    fn success(&self) -> Option<&T> {
        self.as_ref().ok()
    }

    #[inline]
    fn is_final(&self) -> bool {
        is_scalar::<T>()
    }

    #[inline]
    fn may_hide_failure(&self) -> bool {
        may_fail::<T>()
    }
}

impl Outcome for () {
    type Success = ();

    #[inline]
    fn success(&self) -> Option<&()> {
        Some(self)
    }
}

macro_rules! pointers {
    ($($pointer:ty)*) => {$(
        impl<R: Outcome + ?Sized> Outcome for $pointer {
            type Success = R::Success;

            #[inline]
            fn success(&self) -> Option<&R::Success> {
                R::success(self)
            }

            #[inline]
            fn is_final(&self) -> bool {
                R::is_final(self)
            }

            #[inline]
            fn may_hide_failure(&self) -> bool {
                R::may_hide_failure(self)
            }
        }
    )*};
}

pointers!(&R &mut R Box<R> Rc<R> Arc<R>);
