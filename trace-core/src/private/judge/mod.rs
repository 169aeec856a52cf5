//! Success by type: the order in which it is looked for.
//!
//! `Judge::of(&returned).finish(…)` finds the first `finish` on its way down: method resolution looks at [`Judge`], and
//! where no `impl` of it fits the type, at what it derefs to. So the order of the seven is the order of precedence, no
//! trait has to be in scope, and a type is judged as what it is, whatever it is called in the source.

/// Lets method resolution go on from one judge to the next.
macro_rules! derefs {
    ($($upper:ident to $lower:ident),*) => {$(
        impl<R> Deref for $upper<R> {
            type Target = $lower<R>;

            #[inline]
            fn deref(&self) -> &$lower<R> {
                &self.0
            }
        }
    )*};
}

mod answer;
mod boxed;
mod plain;
mod telling;

use std::future::Future;
use std::marker::PhantomData;
use std::ops::{ControlFlow, Deref};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use crate::__private::entry::Begun;
use crate::__private::pen::Pen;
use crate::callsite::Callsite;
use crate::outcome::Outcome;
pub use answer::Answer;
pub use plain::Valued;
pub(crate) use plain::{is_scalar, may_fail};
pub use telling::{Telling, Told};

/// First: a `Result` whose `Ok` says in turn whether it is a success, and boxed futures of one.
pub struct Judge<R>(JudgeOutcome<R>);

/// Second: types that say whether they are a success, types that cannot, and boxed futures of the two.
pub struct JudgeOutcome<R>(JudgeBoxed<R>);

/// Third: boxed futures of a plain value, and references to one.
pub struct JudgeBoxed<R>(JudgeOpen<R>);

/// Fourth: boxed futures of that of which nothing is known, and references to it.
pub struct JudgeOpen<R>(JudgeFuture<R>);

/// Fifth: all other futures.
pub struct JudgeFuture<R>(JudgePlain<R>);

/// Sixth: a plain value, a success because it was returned.
pub struct JudgePlain<R>(JudgeUnknown<R>);

/// Last: that of which nothing is known, so that it has to be an [`Outcome`].
pub struct JudgeUnknown<R>(PhantomData<fn() -> R>);

impl<R> Judge<R> {
    /// The judge of a returned value, by its type.
    #[inline]
    pub const fn of(_returned: &R) -> Self {
        let unknown = JudgeUnknown(PhantomData);
        Self(JudgeOutcome(JudgeBoxed(JudgeOpen(JudgeFuture(
            JudgePlain(unknown),
        )))))
    }
}

derefs!(
    Judge to JudgeOutcome, JudgeOutcome to JudgeBoxed, JudgeBoxed to JudgeOpen, JudgeOpen to JudgeFuture,
    JudgeFuture to JudgePlain, JudgePlain to JudgeUnknown
);

impl<T: Outcome, E> Judge<Result<T, E>> {
    /// Ends the call.
    #[inline]
    pub fn finish(
        &self,
        callsite: &'static Callsite,
        entry: impl Begun,
        returned: Result<T, E>,
    ) -> Result<T, E> {
        Told::of(&returned).finish(callsite, entry, returned)
    }

    /// Ends the call, with what `fill` says of the success.
    #[inline]
    pub fn finish_with(
        &self,
        callsite: &'static Callsite,
        entry: impl Begun,
        returned: Result<T, E>,
        fill: impl FnMut(&T::Success, &mut Pen<'_>),
    ) -> Result<T, E> {
        Told::of(&returned).finish_with(callsite, entry, returned, fill)
    }
}

#[expect(
    clippy::unused_self,
    reason = "method resolution finds the judge by it"
)]
impl<R: Outcome> JudgeOutcome<R> {
    /// Ends the call.
    #[inline]
    pub fn finish(&self, callsite: &'static Callsite, entry: impl Begun, returned: R) -> R {
        Telling.finish(callsite, entry, returned)
    }

    /// Ends the call, with what `fill` says of the success.
    #[inline]
    pub fn finish_with(
        &self,
        callsite: &'static Callsite,
        entry: impl Begun,
        returned: R,
        fill: impl FnMut(&R::Success, &mut Pen<'_>),
    ) -> R {
        Telling.finish_with(callsite, entry, returned, fill)
    }
}

/// A return type whose success can be told. Implemented for no type: those that are asked for it are the ones that
/// cannot tell.
#[diagnostic::on_unimplemented(
    message = "cannot tell whether `{Self}` means success",
    label = "say when this is a success",
    note = "add `on = some`, `on = none`, `on = true`, `on = always` or `on = |r| …` to the attribute"
)]
pub trait Decided {}

/// A future whose end can be watched. Implemented for no type: those that are asked for it cannot be.
#[diagnostic::on_unimplemented(
    message = "this function only creates a future: the event would be recorded before it runs",
    label = "`{Self}` is not watched to its end",
    note = "make it an `async fn`, or return `impl Future` or `Pin<Box<dyn Future>>`"
)]
pub trait Watched {}

macro_rules! ambiguous {
    ($(<$($parameter:ident),*> $ambiguous:ty;)*) => {$(
        impl<$($parameter),*> JudgeOutcome<$ambiguous> {
            /// Does not compile.
            pub fn finish<R: Decided>(&self, _: &'static Callsite, _: impl Begun, returned: R) -> R {
                returned
            }

            /// Does not compile.
            pub fn finish_with<R: Decided>(
                &self,
                _: &'static Callsite,
                _: impl Begun,
                returned: R,
                _: impl FnMut(&R, &mut Pen<'_>),
            ) -> R {
                returned
            }
        }
    )*};
}

macro_rules! behind_pointers {
    ($(<$($parameter:ident),*> $ambiguous:ty;)*) => {
        ambiguous! {$(
            <$($parameter),*> $ambiguous;
            <$($parameter),*> &$ambiguous;
            <$($parameter),*> &mut $ambiguous;
            <$($parameter),*> Box<$ambiguous>;
            <$($parameter),*> Rc<$ambiguous>;
            <$($parameter),*> Arc<$ambiguous>;
        )*}
    };
}

behind_pointers! {
    <T> Option<T>;
    <> bool;
    <T> Poll<T>;
    <B, C> ControlFlow<B, C>;
}

#[expect(
    clippy::unused_self,
    reason = "method resolution finds the judge by it"
)]
impl<F: Future> JudgeFuture<F> {
    /// Does not compile.
    pub fn finish<R: Watched>(&self, _: &'static Callsite, _: impl Begun, returned: R) -> R {
        returned
    }

    /// Does not compile.
    pub fn finish_with<R: Watched>(
        &self,
        _: &'static Callsite,
        _: impl Begun,
        returned: R,
        _: impl FnMut(&R, &mut Pen<'_>),
    ) -> R {
        returned
    }
}

#[expect(
    clippy::unused_self,
    reason = "method resolution finds the judge by it"
)]
impl<R> JudgeUnknown<R> {
    /// Ends the call.
    #[inline]
    pub fn finish(&self, callsite: &'static Callsite, entry: impl Begun, returned: R) -> R
    where
        R: Outcome,
    {
        Telling.finish(callsite, entry, returned)
    }

    /// Ends the call, with what `fill` says of the success.
    #[inline]
    pub fn finish_with(
        &self,
        callsite: &'static Callsite,
        entry: impl Begun,
        returned: R,
        fill: impl FnMut(&R::Success, &mut Pen<'_>),
    ) -> R
    where
        R: Outcome,
    {
        Telling.finish_with(callsite, entry, returned, fill)
    }
}
