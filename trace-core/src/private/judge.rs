//! Success by type.
//!
//! `Judge::of(&returned).finish(…)` finds the first `finish` on its way down: method resolution looks at [`Judge`], and
//! where no `impl` of it fits the type, at what it derefs to. So the order of the four is the order of precedence, no
//! trait has to be in scope, and a type is judged as what it is, whatever it is called in the source.

use std::any::type_name;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::{ControlFlow, Deref};
use std::pin::Pin;
use std::task::Poll;

use crate::__private::entry::Begun;
use crate::__private::finish::{count, end};
use crate::__private::pen::Pen;
use crate::__private::watch::Watch;
use crate::callsite::Callsite;
use crate::notice;
use crate::outcome::Outcome;
use crate::sink::Tally;

/// First: types that say whether they are a success, types that cannot, and boxed futures of the two.
pub struct Judge<R>(JudgeBoxed<R>);

/// Second: boxed futures of a plain value.
pub struct JudgeBoxed<R>(JudgeFuture<R>);

/// Third: all other futures.
pub struct JudgeFuture<R>(JudgePlain<R>);

/// Last: a plain value, a success because it was returned.
pub struct JudgePlain<R>(PhantomData<fn() -> R>);

impl<R> Judge<R> {
    /// The judge of a returned value, by its type.
    #[inline]
    pub const fn of(_returned: &R) -> Self {
        Self(JudgeBoxed(JudgeFuture(JudgePlain(PhantomData))))
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

derefs!(Judge to JudgeBoxed, JudgeBoxed to JudgeFuture, JudgeFuture to JudgePlain);

/// What is spelled `Result<…>` or `()` is judged at once: a bound is cheaper for the compiler than a search, and if the
/// spelling deceives, it fails.
#[derive(Clone, Copy, Debug)]
pub struct Telling;

impl Telling {
    /// Ends the call.
    #[inline]
    pub fn finish<R: Outcome>(
        self,
        callsite: &'static Callsite,
        entry: impl Begun,
        returned: R,
    ) -> R {
        end(callsite, entry, returned, |returned, _| {
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
        end(callsite, entry, returned, |returned, pen| {
            match (returned.success(), pen) {
                (Some(ok), Some(pen)) => {
                    fill(ok, pen);
                    true
                }
                (ok, _) => ok.is_some(),
            }
        })
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
    <> bool;
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
            ) -> Pin<Box<$future>> {
                Box::pin(Watch::new(callsite, entry, returned, move |_: &T, _: Option<&mut Pen<'_>>| is_plain::<T>(callsite)))
            }

            /// Ends the call when the future ends, with what `fill` says of its output.
            pub fn finish_with(
                &self,
                callsite: &'static Callsite,
                entry: impl Begun,
                returned: Pin<Box<$future>>,
                mut fill: impl FnMut(&T, &mut Pen<'_>) + $($bound)*,
            ) -> Pin<Box<$future>> {
                Box::pin(Watch::new(callsite, entry, returned, move |output: &T, pen: Option<&mut Pen<'_>>| {
                    if let Some(pen) = pen {
                        fill(output, pen);
                        return true;
                    }
                    is_plain::<T>(callsite)
                }))
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

/// What is spelled as a number is plain without a search.
#[derive(Clone, Copy, Debug)]
pub struct Valued;

impl Valued {
    /// Ends the call.
    #[inline]
    pub fn finish<R>(self, callsite: &'static Callsite, entry: impl Begun, returned: R) -> R {
        end(callsite, entry, returned, |_, _| is_plain::<R>(callsite))
    }

    /// Ends the call, with what `fill` says of the value.
    #[inline]
    pub fn finish_with<R>(
        self,
        callsite: &'static Callsite,
        entry: impl Begun,
        returned: R,
        mut fill: impl FnMut(&R, &mut Pen<'_>),
    ) -> R {
        end(callsite, entry, returned, |returned, pen| {
            if let Some(pen) = pen {
                fill(returned, pen);
                return true;
            }
            is_plain::<R>(callsite)
        })
    }
}

#[expect(
    clippy::unused_self,
    reason = "method resolution finds the judge by it"
)]
impl<R> JudgePlain<R> {
    /// Ends the call.
    #[inline]
    pub fn finish(&self, callsite: &'static Callsite, entry: impl Begun, returned: R) -> R {
        Valued.finish(callsite, entry, returned)
    }

    /// Ends the call, with what `fill` says of the value.
    #[inline]
    pub fn finish_with(
        &self,
        callsite: &'static Callsite,
        entry: impl Begun,
        returned: R,
        fill: impl FnMut(&R, &mut Pen<'_>),
    ) -> R {
        Valued.finish_with(callsite, entry, returned, fill)
    }
}

/// How the names of types begin that are never plain. Where one of them is taken for a plain value, the code was generic
/// and knew nothing of it.
const NEVER_PLAIN: [&str; 5] = [
    "core::result::Result<",
    "core::option::Option<",
    "core::task::poll::Poll<",
    "core::ops::control_flow::ControlFlow<",
    "core::pin::Pin<alloc::boxed::Box<dyn ",
];

/// Whether `R` is a plain value indeed. If not, no event is made, since it might be a failure's, and it is said so.
fn is_plain<R>(callsite: &'static Callsite) -> bool {
    let name = type_name::<R>()
        .trim_start_matches('&')
        .trim_start_matches("mut ");
    let plain = name != "bool" && !NEVER_PLAIN.iter().any(|never| name.starts_with(never));
    if !plain {
        unjudged(callsite, name);
    }
    plain
}

#[cold]
fn unjudged(callsite: &'static Callsite, name: &str) {
    count(Tally::Unjudged);
    if callsite.first_doubt() {
        notice::unjudged(callsite, name);
    }
}
