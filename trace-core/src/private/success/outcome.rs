//! Second tier: types that decide whether they are a success, and types that never can.

use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use super::indirect::SuccessCheckBoxed;
use super::spelled::CheckOutcome;
use crate::__private::call::StartedCall;
use crate::callsite::Callsite;
use crate::event_writer::EventWriter;
use crate::outcome::Outcome;

/// Second tier: types that decide whether they are a success, types that cannot, and boxed futures of the former.
pub struct SuccessCheckOutcome<R>(pub(super) SuccessCheckBoxed<R>);

derefs!(SuccessCheckOutcome to SuccessCheckBoxed);

#[expect(clippy::unused_self, reason = "method resolution finds the tier by it")]
impl<R: Outcome> SuccessCheckOutcome<R> {
    /// Ends the call.
    #[inline]
    pub fn finish(&self, callsite: &'static Callsite, call: impl StartedCall, returned: R) -> R {
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
    ) -> R {
        CheckOutcome.finish_with(callsite, call, returned, fill)
    }
}

/// A return type that decides whether it is a success. No type implements it: the bound is put on types that cannot decide.
#[diagnostic::on_unimplemented(
    message = "cannot tell whether `{Self}` means success",
    label = "say when this is a success",
    note = "add `on = some`, `on = none`, `on = true`, `on = always` or `on = |r| …` to the attribute"
)]
pub trait KnownSuccess {}

macro_rules! ambiguous {
    ($(<$($parameter:ident),*> $ambiguous:ty;)*) => {$(
        impl<$($parameter),*> SuccessCheckOutcome<$ambiguous> {
            /// Fails to compile.
            pub fn finish<R: KnownSuccess>(&self, _: &'static Callsite, _: impl StartedCall, returned: R) -> R {
                returned
            }

            /// Fails to compile.
            pub fn finish_with<R: KnownSuccess>(
                &self,
                _: &'static Callsite,
                _: impl StartedCall,
                returned: R,
                _: impl FnMut(&R, &mut EventWriter<'_>),
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
