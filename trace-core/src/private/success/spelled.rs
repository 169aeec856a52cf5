//! Shortcuts for types spelled `()`, `Result<…>` or as a number. A bound checks them, without a search through the tiers.

use std::marker::PhantomData;
use std::ops::Deref;

use super::answer::{check_and_fill, success, success_in_ok};
use crate::__private::call::StartedCall;
use crate::__private::finish::{ExtraFields, end};
use crate::callsite::Callsite;
use crate::event_writer::EventWriter;
use crate::outcome::Outcome;

/// The check for a type spelled `()`, or as a `Result` of a plain value.
///
/// A bound is cheaper for the compiler than a search. If the spelling misleads, the bound fails, or the call is counted as
/// undetermined.
#[derive(Clone, Copy, Debug)]
pub struct CheckOutcome;

/// The check for any other type spelled `Result<…>`, in two tiers. Its `Ok` value may itself decide whether it is a success.
pub struct CheckResult<R>(CheckOutcome, PhantomData<fn() -> R>);

impl<R> CheckResult<R> {
    /// Returns the check of a returned value.
    #[inline]
    pub const fn of(_returned: &R) -> Self {
        Self(CheckOutcome, PhantomData)
    }
}

impl<R> Deref for CheckResult<R> {
    type Target = CheckOutcome;

    #[inline]
    fn deref(&self) -> &CheckOutcome {
        &self.0
    }
}

impl CheckOutcome {
    /// Runs the body and ends the call.
    #[inline]
    pub fn run<R: Outcome>(
        self,
        callsite: &'static Callsite,
        call: impl StartedCall,
        body: impl FnOnce() -> R,
    ) -> R {
        self.finish(callsite, call, body())
    }

    /// Ends the call.
    #[inline]
    pub fn finish<R: Outcome>(
        self,
        callsite: &'static Callsite,
        call: impl StartedCall,
        returned: R,
    ) -> R {
        end(
            callsite,
            call,
            returned,
            ExtraFields::Absent,
            |returned, _| success(callsite, returned).is_some(),
        )
    }

    /// Ends the call. `fill` writes fields from the success.
    #[inline]
    pub fn finish_with<R: Outcome>(
        self,
        callsite: &'static Callsite,
        call: impl StartedCall,
        returned: R,
        mut fill: impl FnMut(&R::Success, &mut EventWriter<'_>),
    ) -> R {
        end(
            callsite,
            call,
            returned,
            ExtraFields::Present,
            |returned, writer| check_and_fill(success(callsite, returned), writer, &mut fill),
        )
    }
}

impl<T: Outcome, E> CheckResult<Result<T, E>> {
    /// Ends the call.
    #[inline]
    pub fn finish(
        &self,
        callsite: &'static Callsite,
        call: impl StartedCall,
        returned: Result<T, E>,
    ) -> Result<T, E> {
        end(
            callsite,
            call,
            returned,
            ExtraFields::Absent,
            |returned, _| success_in_ok(callsite, returned).is_some(),
        )
    }

    /// Ends the call. `fill` writes fields from the success.
    #[inline]
    pub fn finish_with(
        &self,
        callsite: &'static Callsite,
        call: impl StartedCall,
        returned: Result<T, E>,
        mut fill: impl FnMut(&T::Success, &mut EventWriter<'_>),
    ) -> Result<T, E> {
        end(
            callsite,
            call,
            returned,
            ExtraFields::Present,
            |returned, writer| check_and_fill(success_in_ok(callsite, returned), writer, &mut fill),
        )
    }
}

/// The check for a type spelled as a number or `char`, which is plain. If the spelling misleads, the bound fails.
#[derive(Clone, Copy, Debug)]
pub struct CheckNumber;

/// A number or `char`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the type of the standard library that it is spelled like",
    label = "say when this is a success",
    note = "add `on = always` or `on = |r| …` to the attribute"
)]
pub trait Number {}

macro_rules! numbers {
    ($($number:ty)*) => {$(impl Number for $number {})*};
}

numbers!(char f32 f64 i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize);

impl CheckNumber {
    /// Ends the call.
    #[inline]
    pub fn finish<R: Number>(
        self,
        callsite: &'static Callsite,
        call: impl StartedCall,
        returned: R,
    ) -> R {
        end(callsite, call, returned, ExtraFields::Absent, |_, _| true)
    }

    /// Ends the call. `fill` writes fields from the value.
    #[inline]
    pub fn finish_with<R: Number>(
        self,
        callsite: &'static Callsite,
        call: impl StartedCall,
        returned: R,
        mut fill: impl FnMut(&R, &mut EventWriter<'_>),
    ) -> R {
        end(
            callsite,
            call,
            returned,
            ExtraFields::Present,
            |returned, writer| {
                if let Some(writer) = writer {
                    fill(returned, writer);
                }
                true
            },
        )
    }
}
