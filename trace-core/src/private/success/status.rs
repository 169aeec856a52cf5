//! Shortcut for types spelled `StatusCode` or `Response`.
//!
//! With the feature `http` their status is known, and they are checked like any other type. Without it, such a type is an
//! error, unless it has its own outcome.

#[cfg(feature = "http")]
pub use super::SuccessCheck as CheckStatus;

#[cfg(not(feature = "http"))]
pub use unknown::CheckStatus;

#[cfg(not(feature = "http"))]
mod unknown {
    use std::marker::PhantomData;

    use crate::__private::call::StartedCall;
    use crate::__private::success::{CheckOutcome, CheckResult};
    use crate::callsite::Callsite;
    use crate::event_writer::EventWriter;
    use crate::outcome::Outcome;

    /// First tier: a `Result` whose `Ok` value decides whether it is a success.
    pub struct CheckStatus<R>(CheckStatusResult<R>);

    /// Second tier: a `Result` whose `Ok` value does not decide.
    pub struct CheckStatusResult<R>(CheckStatusOutcome<R>);

    /// Third tier: a type of the application with an outcome.
    pub struct CheckStatusOutcome<R>(CheckStatusUnknown<R>);

    /// Last tier: all others.
    pub struct CheckStatusUnknown<R>(PhantomData<fn() -> R>);

    /// A type with a known status. No type implements it: the bound is put on types whose status is unknown.
    #[diagnostic::on_unimplemented(
        message = "whether `{Self}` means success depends on its HTTP status, which is not read",
        label = "say when this is a success",
        note = "enable the feature `http` of `behavior-trace`, or add `on = always` or `on = |r| …` to the attribute"
    )]
    pub trait KnownStatus {}

    impl<R> CheckStatus<R> {
        /// Returns the check of a returned value, by its type.
        #[inline]
        pub const fn of(_returned: &R) -> Self {
            Self(CheckStatusResult(CheckStatusOutcome(CheckStatusUnknown(
                PhantomData,
            ))))
        }
    }

    derefs!(CheckStatus to CheckStatusResult, CheckStatusResult to CheckStatusOutcome, CheckStatusOutcome to CheckStatusUnknown);

    macro_rules! known {
        ([$($parameters:tt)*] $tier:ident<$returned:ty>, $success:ty, $check:expr) => {
            impl<$($parameters)*> $tier<$returned> {
                /// Ends the call.
                #[inline]
                pub fn finish(&self, callsite: &'static Callsite, call: impl StartedCall, returned: $returned) -> $returned {
                    $check(&returned).finish(callsite, call, returned)
                }

                /// Ends the call. `fill` writes fields from the success.
                #[inline]
                pub fn finish_with(
                    &self,
                    callsite: &'static Callsite,
                    call: impl StartedCall,
                    returned: $returned,
                    fill: impl FnMut(&$success, &mut EventWriter<'_>),
                ) -> $returned {
                    $check(&returned).finish_with(callsite, call, returned, fill)
                }
            }
        };
    }

    known!([T: Outcome, E] CheckStatus<Result<T, E>>, T::Success, CheckResult::of);
    known!([R: Outcome] CheckStatusOutcome<R>, R::Success, |_| CheckOutcome);

    macro_rules! unknown {
        ([$($parameters:tt)*] $tier:ident<$returned:ty>, $asked:ident) => {
            impl<$($parameters)*> $tier<$returned> {
                /// Fails to compile.
                pub fn finish(&self, _: &'static Callsite, _: impl StartedCall, returned: $returned) -> $returned
                where
                    $asked: KnownStatus,
                {
                    returned
                }

                /// Fails to compile.
                pub fn finish_with(
                    &self,
                    _: &'static Callsite,
                    _: impl StartedCall,
                    returned: $returned,
                    _: impl FnMut(&$asked, &mut EventWriter<'_>),
                ) -> $returned
                where
                    $asked: KnownStatus,
                {
                    returned
                }
            }
        };
    }

    unknown!([T, E] CheckStatusResult<Result<T, E>>, T);
    unknown!([R] CheckStatusUnknown<R>, R);
}
