//! What is spelled `StatusCode` or `Response`: with the feature `http` its status is known, and it is judged like
//! anything else.

#[cfg(feature = "http")]
pub use super::Judge as Answer;

#[cfg(not(feature = "http"))]
pub use unknown::Answer;

#[cfg(not(feature = "http"))]
mod unknown {
    use std::marker::PhantomData;
    use std::ops::Deref;

    use crate::__private::entry::Begun;
    use crate::__private::judge::{Telling, Told};
    use crate::__private::pen::Pen;
    use crate::callsite::Callsite;
    use crate::outcome::Outcome;

    /// First: a `Result` whose `Ok` says whether it is a success.
    pub struct Answer<R>(AnswerResult<R>);

    /// Second: a `Result` whose `Ok` does not.
    pub struct AnswerResult<R>(AnswerOutcome<R>);

    /// Third: a type of the user's that has an outcome.
    pub struct AnswerOutcome<R>(AnswerUnknown<R>);

    /// Last: all others.
    pub struct AnswerUnknown<R>(PhantomData<fn() -> R>);

    /// A status that is known. Implemented for no type: those that are asked for it are the ones whose status is not.
    #[diagnostic::on_unimplemented(
        message = "whether `{Self}` means success depends on its HTTP status, which is not read",
        label = "say when this is a success",
        note = "enable the feature `http` of `behavior-trace`, or add `on = always` or `on = |r| …` to the attribute"
    )]
    pub trait KnownStatus {}

    impl<R> Answer<R> {
        /// The judge of a returned value, by its type.
        #[inline]
        pub const fn of(_returned: &R) -> Self {
            Self(AnswerResult(AnswerOutcome(AnswerUnknown(PhantomData))))
        }
    }

    derefs!(Answer to AnswerResult, AnswerResult to AnswerOutcome, AnswerOutcome to AnswerUnknown);

    macro_rules! known {
        ([$($parameters:tt)*] $judge:ident<$returned:ty>, $success:ty, $told:expr) => {
            impl<$($parameters)*> $judge<$returned> {
                /// Ends the call.
                #[inline]
                pub fn finish(&self, callsite: &'static Callsite, entry: impl Begun, returned: $returned) -> $returned {
                    $told(&returned).finish(callsite, entry, returned)
                }

                /// Ends the call, with what `fill` says of the success.
                #[inline]
                pub fn finish_with(
                    &self,
                    callsite: &'static Callsite,
                    entry: impl Begun,
                    returned: $returned,
                    fill: impl FnMut(&$success, &mut Pen<'_>),
                ) -> $returned {
                    $told(&returned).finish_with(callsite, entry, returned, fill)
                }
            }
        };
    }

    known!([T: Outcome, E] Answer<Result<T, E>>, T::Success, Told::of);
    known!([R: Outcome] AnswerOutcome<R>, R::Success, |_| Telling);

    macro_rules! unknown {
        ([$($parameters:tt)*] $judge:ident<$returned:ty>, $asked:ident) => {
            impl<$($parameters)*> $judge<$returned> {
                /// Does not compile.
                pub fn finish(&self, _: &'static Callsite, _: impl Begun, returned: $returned) -> $returned
                where
                    $asked: KnownStatus,
                {
                    returned
                }

                /// Does not compile.
                pub fn finish_with(
                    &self,
                    _: &'static Callsite,
                    _: impl Begun,
                    returned: $returned,
                    _: impl FnMut(&$asked, &mut Pen<'_>),
                ) -> $returned
                where
                    $asked: KnownStatus,
                {
                    returned
                }
            }
        };
    }

    unknown!([T, E] AnswerResult<Result<T, E>>, T);
    unknown!([R] AnswerUnknown<R>, R);
}
