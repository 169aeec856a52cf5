//! What is spelled `Result<…>` or `()`: judged by a bound.

use std::any::type_name;
use std::marker::PhantomData;
use std::ops::Deref;

use super::plain::unjudged;
use crate::__private::entry::Begun;
use crate::__private::finish::{Adds, end};
use crate::__private::pen::Pen;
use crate::callsite::Callsite;
use crate::outcome::Outcome;

/// What is spelled `()`, or a `Result` of what has no outcome, is judged at once: a bound is cheaper for the compiler than
/// a search, and if the spelling deceives, it fails, or the call is counted as unjudged.
#[derive(Clone, Copy, Debug)]
pub struct Telling;

/// What is spelled `Result<…>` is searched in two steps: the `Ok` may say in turn whether it is a success.
pub struct Told<R>(Telling, PhantomData<fn() -> R>);

impl<R> Told<R> {
    /// The judge of a returned value.
    #[inline]
    pub const fn of(_returned: &R) -> Self {
        Self(Telling, PhantomData)
    }
}

impl<R> Deref for Told<R> {
    type Target = Telling;

    #[inline]
    fn deref(&self) -> &Telling {
        &self.0
    }
}

/// The success, if it is one as far as its type can be seen.
pub(super) fn outcome<'r, R: Outcome>(
    callsite: &'static Callsite,
    returned: &'r R,
) -> Option<&'r R::Success> {
    let ok = returned.success()?;
    if !returned.is_final() && !callsite.is_sound(returned, R::may_hide_failure) {
        unjudged(callsite, type_name::<R::Success>());
        return None;
    }
    Some(ok)
}

/// The success in an `Ok`.
pub(super) fn inner<'r, T: Outcome, E>(
    callsite: &'static Callsite,
    returned: &'r Result<T, E>,
) -> Option<&'r T::Success> {
    outcome(callsite, returned.as_ref().ok()?)
}

/// Lets `fill` say what it knows of a success.
pub(super) fn filled<S: ?Sized>(
    success: Option<&S>,
    pen: Option<&mut Pen<'_>>,
    fill: &mut impl FnMut(&S, &mut Pen<'_>),
) -> bool {
    if let (Some(ok), Some(pen)) = (success, pen) {
        fill(ok, pen);
    }
    success.is_some()
}

impl Telling {
    /// Runs the body and ends the call.
    #[inline]
    pub fn run<R: Outcome>(
        self,
        callsite: &'static Callsite,
        entry: impl Begun,
        body: impl FnOnce() -> R,
    ) -> R {
        self.finish(callsite, entry, body())
    }

    /// Ends the call.
    #[inline]
    pub fn finish<R: Outcome>(
        self,
        callsite: &'static Callsite,
        entry: impl Begun,
        returned: R,
    ) -> R {
        end(callsite, entry, returned, Adds::Nothing, |returned, _| {
            outcome(callsite, returned).is_some()
        })
    }

    /// Ends the call, with what `fill` says of the success.
    #[inline]
    pub fn finish_with<R: Outcome>(
        self,
        callsite: &'static Callsite,
        entry: impl Begun,
        returned: R,
        mut fill: impl FnMut(&R::Success, &mut Pen<'_>),
    ) -> R {
        end(
            callsite,
            entry,
            returned,
            Adds::Something,
            |returned, pen| filled(outcome(callsite, returned), pen, &mut fill),
        )
    }
}

impl<T: Outcome, E> Told<Result<T, E>> {
    /// Ends the call.
    #[inline]
    pub fn finish(
        &self,
        callsite: &'static Callsite,
        entry: impl Begun,
        returned: Result<T, E>,
    ) -> Result<T, E> {
        end(callsite, entry, returned, Adds::Nothing, |returned, _| {
            inner(callsite, returned).is_some()
        })
    }

    /// Ends the call, with what `fill` says of the success.
    #[inline]
    pub fn finish_with(
        &self,
        callsite: &'static Callsite,
        entry: impl Begun,
        returned: Result<T, E>,
        mut fill: impl FnMut(&T::Success, &mut Pen<'_>),
    ) -> Result<T, E> {
        end(
            callsite,
            entry,
            returned,
            Adds::Something,
            |returned, pen| filled(inner(callsite, returned), pen, &mut fill),
        )
    }
}
