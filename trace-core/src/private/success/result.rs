//! First tier: a `Result` whose `Ok` value itself decides whether it is a success.

use std::marker::PhantomData;

use super::future::SuccessCheckFuture;
use super::indirect::{SuccessCheckBoxed, SuccessCheckOpen};
use super::outcome::SuccessCheckOutcome;
use super::plain::SuccessCheckPlain;
use super::spelled::CheckResult;
use super::unknown::SuccessCheckUnknown;
use crate::__private::call::StartedCall;
use crate::callsite::Callsite;
use crate::event_writer::EventWriter;
use crate::outcome::Outcome;

/// First tier: a `Result` whose `Ok` value itself decides whether it is a success, and boxed futures of one.
pub struct SuccessCheck<R>(SuccessCheckOutcome<R>);

derefs!(SuccessCheck to SuccessCheckOutcome);

impl<R> SuccessCheck<R> {
    /// Returns the check of a returned value, by its type.
    #[inline]
    pub const fn of(_returned: &R) -> Self {
        let unknown = SuccessCheckUnknown(PhantomData);
        Self(SuccessCheckOutcome(SuccessCheckBoxed(SuccessCheckOpen(
            SuccessCheckFuture(SuccessCheckPlain(unknown)),
        ))))
    }
}

impl<T: Outcome, E> SuccessCheck<Result<T, E>> {
    /// Ends the call.
    #[inline]
    pub fn finish(
        &self,
        callsite: &'static Callsite,
        call: impl StartedCall,
        returned: Result<T, E>,
    ) -> Result<T, E> {
        CheckResult::of(&returned).finish(callsite, call, returned)
    }

    /// Ends the call. `fill` writes fields from the success.
    #[inline]
    pub fn finish_with(
        &self,
        callsite: &'static Callsite,
        call: impl StartedCall,
        returned: Result<T, E>,
        fill: impl FnMut(&T::Success, &mut EventWriter<'_>),
    ) -> Result<T, E> {
        CheckResult::of(&returned).finish_with(callsite, call, returned, fill)
    }
}
