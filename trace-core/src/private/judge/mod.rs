//! Success by type: the order in which it is looked for.
//!
//! `Judge::of(&returned).finish(…)` finds the first `finish` on its way down: method resolution looks at [`Judge`], and
//! where no `impl` of it fits the type, at what it derefs to. So the order of the five is the order of precedence, no
//! trait has to be in scope, and a type is judged as what it is, whatever it is called in the source.

mod plain;

use std::future::Future;
use std::marker::PhantomData;
use std::ops::{ControlFlow, Deref};
use std::pin::Pin;
use std::task::Poll;

use crate::__private::entry::Begun;
use crate::__private::finish::{Adds, end};
use crate::__private::pen::Pen;
use crate::__private::watch::Watch;
use crate::callsite::Callsite;
use crate::outcome::Outcome;
pub use plain::Valued;
use plain::{Knows, Plain, is_plain, plain_with};

/// First: types that say whether they are a success, types that cannot, and boxed futures of the two.
pub struct Judge<R>(JudgeBoxed<R>);

/// Second: boxed futures of a plain value, and references to one.
pub struct JudgeBoxed<R>(JudgeFuture<R>);

/// Third: all other futures.
pub struct JudgeFuture<R>(JudgePlain<R>);

/// Fourth: a plain value, a success because it was returned.
pub struct JudgePlain<R>(JudgeUnknown<R>);

/// Last: that of which nothing is known, so that it has to be an [`Outcome`].
pub struct JudgeUnknown<R>(PhantomData<fn() -> R>);

impl<R> Judge<R> {
    /// The judge of a returned value, by its type.
    #[inline]
    pub const fn of(_returned: &R) -> Self {
        let unknown = JudgeUnknown(PhantomData);
        Self(JudgeBoxed(JudgeFuture(JudgePlain(unknown))))
    }
}

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

derefs!(Judge to JudgeBoxed, JudgeBoxed to JudgeFuture, JudgeFuture to JudgePlain, JudgePlain to JudgeUnknown);

/// What is spelled `Result<…>` or `()` is judged at once: a bound is cheaper for the compiler than a search, and if the
/// spelling deceives, it fails.
#[derive(Clone, Copy, Debug)]
pub struct Telling;

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
            returned.success().is_some()
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
            |returned, pen| match (returned.success(), pen) {
                (Some(ok), Some(pen)) => {
                    fill(ok, pen);
                    true
                }
                (ok, _) => ok.is_some(),
            },
        )
    }
}

impl<R: Outcome> Judge<R> {
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
        impl<$($parameter),*> Judge<$ambiguous> {
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

ambiguous! {
    <T> Option<T>;
    <T> &Option<T>;
    <T> &mut Option<T>;
    <> bool;
    <> &bool;
    <> &mut bool;
    <T> Poll<T>;
    <B, C> ControlFlow<B, C>;
}

macro_rules! boxed {
    ($($future:ty, ($($bound:tt)*);)*) => {$(
        impl<'a, T: Outcome + 'a> Judge<Pin<Box<$future>>> {
            /// Ends the call when the future ends.
            pub fn finish(
                &self,
                callsite: &'static Callsite,
                entry: impl Begun,
                returned: Pin<Box<$future>>,
            ) -> Pin<Box<$future>> {
                Box::pin(Watch::new(callsite, entry, returned, |output: &T, _: Option<&mut Pen<'_>>| output.success().is_some()))
            }

            /// Ends the call when the future ends, with what `fill` says of its success.
            pub fn finish_with(
                &self,
                callsite: &'static Callsite,
                entry: impl Begun,
                returned: Pin<Box<$future>>,
                mut fill: impl FnMut(&T::Success, &mut Pen<'_>) + $($bound)*,
            ) -> Pin<Box<$future>> {
                Box::pin(Watch::new(callsite, entry, returned, move |output: &T, pen: Option<&mut Pen<'_>>| {
                    match (output.success(), pen) {
                        (Some(ok), Some(pen)) => {
                            fill(ok, pen);
                            true
                        }
                        (ok, _) => ok.is_some(),
                    }
                }))
            }
        }

        impl<'a, T: 'a> JudgeBoxed<Pin<Box<$future>>> {
            /// Ends the call when the future ends.
            pub fn finish(
                &self,
                callsite: &'static Callsite,
                entry: impl Begun,
                returned: Pin<Box<$future>>,
            ) -> Pin<Box<$future>>
            where
                Plain: Knows<T>,
            {
                Box::pin(Watch::new(callsite, entry, returned, move |_: &T, _: Option<&mut Pen<'_>>| is_plain::<T>(callsite)))
            }

            /// Ends the call when the future ends, with what `fill` says of its output.
            pub fn finish_with(
                &self,
                callsite: &'static Callsite,
                entry: impl Begun,
                returned: Pin<Box<$future>>,
                fill: impl FnMut(&T, &mut Pen<'_>) + $($bound)*,
            ) -> Pin<Box<$future>>
            where
                Plain: Knows<T>,
            {
                Box::pin(Watch::new(callsite, entry, returned, plain_with(callsite, fill)))
            }
        }
    )*};
}

boxed! {
    dyn Future<Output = T> + 'a, ('a);
    dyn Future<Output = T> + Send + 'a, (Send + 'a);
    dyn Future<Output = T> + Send + Sync + 'a, (Send + Sync + 'a);
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
