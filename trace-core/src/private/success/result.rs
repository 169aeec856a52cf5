//! First tier: a `Result` whose `Ok` decides in turn whether it is a success.

use super::SuccessCheck;
use super::spelled::CheckResult;
use crate::__private::call::StartedCall;
use crate::callsite::Callsite;
use crate::event_writer::EventWriter;
use crate::outcome::Outcome;

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

    /// Ends the call, with the fields that `fill` writes of the success.
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
