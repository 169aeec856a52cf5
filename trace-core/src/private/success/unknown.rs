//! Last tier: unknown types, such as a type parameter, which must be an [`Outcome`].

use std::marker::PhantomData;

use super::spelled::CheckOutcome;
use crate::__private::call::StartedCall;
use crate::callsite::Callsite;
use crate::event_writer::EventWriter;
use crate::outcome::Outcome;

/// Last tier: an unknown type, which must be an [`Outcome`].
pub struct SuccessCheckUnknown<R>(pub(super) PhantomData<fn() -> R>);

#[expect(clippy::unused_self, reason = "method resolution finds the tier by it")]
impl<R> SuccessCheckUnknown<R> {
    /// Ends the call.
    #[inline]
    pub fn finish(&self, callsite: &'static Callsite, call: impl StartedCall, returned: R) -> R
    where
        R: Outcome,
    {
        CheckOutcome.finish(callsite, call, returned)
    }

    /// Ends the call. `fill` writes fields from the success.
    #[inline]
    pub fn finish_with(
        &self,
        callsite: &'static Callsite,
        call: impl StartedCall,
        returned: R,
        fill: impl FnMut(&R::Success, &mut EventWriter<'_>),
    ) -> R
    where
        R: Outcome,
    {
        CheckOutcome.finish_with(callsite, call, returned, fill)
    }
}
