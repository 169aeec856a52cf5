//! Types that are checked by an inner type: boxed futures by their output, at their end, and references by their target.
//!
//! They are in the first four tiers, according to that output or target.

use std::future::Future;
use std::mem::Discriminant;
use std::panic::RefUnwindSafe;
use std::pin::Pin;

use super::answer::{check_and_fill, success, success_in_ok};
use super::indirect::{SuccessCheckBoxed, SuccessCheckOpen};
use super::outcome::SuccessCheckOutcome;
use super::plain::{is_plain, plain_with};
use super::result::SuccessCheck;
use crate::__private::call::StartedCall;
use crate::__private::call_future::CallFuture;
use crate::__private::finish::{ExtraFields, end};
use crate::callsite::Callsite;
use crate::event_writer::EventWriter;
use crate::outcome::Outcome;

macro_rules! boxed {
    ($($future:ident: $type:ty, ($($bound:tt)*);)*) => {$(
        type $future<'a, T> = Pin<Box<$type>>;

        impl<'a, T: Outcome + 'a, E: 'a> SuccessCheck<$future<'a, Result<T, E>>> {
            /// Ends the call when the future ends.
            pub fn finish(
                &self,
                callsite: &'static Callsite,
                call: impl StartedCall,
                returned: $future<'a, Result<T, E>>,
            ) -> $future<'a, Result<T, E>> {
                Box::pin(CallFuture::new(callsite, call, returned, move |output: &Result<T, E>, _: Option<&mut EventWriter<'_>>| {
                    success_in_ok(callsite, output).is_some()
                }))
            }

            /// Ends the call when the future ends. `fill` writes fields from its success.
            pub fn finish_with(
                &self,
                callsite: &'static Callsite,
                call: impl StartedCall,
                returned: $future<'a, Result<T, E>>,
                mut fill: impl FnMut(&T::Success, &mut EventWriter<'_>) + $($bound)*,
            ) -> $future<'a, Result<T, E>> {
                Box::pin(CallFuture::new(callsite, call, returned, move |output: &Result<T, E>, writer: Option<&mut EventWriter<'_>>| {
                    check_and_fill(success_in_ok(callsite, output), writer, &mut fill)
                }))
            }
        }

        impl<'a, T: Outcome + 'a> SuccessCheckOutcome<$future<'a, T>> {
            /// Ends the call when the future ends.
            pub fn finish(&self, callsite: &'static Callsite, call: impl StartedCall, returned: $future<'a, T>) -> $future<'a, T> {
                Box::pin(CallFuture::new(callsite, call, returned, move |output: &T, _: Option<&mut EventWriter<'_>>| {
                    success(callsite, output).is_some()
                }))
            }

            /// Ends the call when the future ends. `fill` writes fields from its success.
            pub fn finish_with(
                &self,
                callsite: &'static Callsite,
                call: impl StartedCall,
                returned: $future<'a, T>,
                mut fill: impl FnMut(&T::Success, &mut EventWriter<'_>) + $($bound)*,
            ) -> $future<'a, T> {
                Box::pin(CallFuture::new(callsite, call, returned, move |output: &T, writer: Option<&mut EventWriter<'_>>| {
                    check_and_fill(success(callsite, output), writer, &mut fill)
                }))
            }
        }

        impl<'a, T: 'a> SuccessCheckBoxed<$future<'a, T>>
        where
            Discriminant<T>: RefUnwindSafe,
        {
            /// Ends the call when the future ends.
            pub fn finish(&self, callsite: &'static Callsite, call: impl StartedCall, returned: $future<'a, T>) -> $future<'a, T> {
                Box::pin(CallFuture::new(callsite, call, returned, move |_: &T, _: Option<&mut EventWriter<'_>>| is_plain::<T>(callsite)))
            }

            /// Ends the call when the future ends. `fill` writes fields from its output.
            pub fn finish_with(
                &self,
                callsite: &'static Callsite,
                call: impl StartedCall,
                returned: $future<'a, T>,
                fill: impl FnMut(&T, &mut EventWriter<'_>) + $($bound)*,
            ) -> $future<'a, T> {
                Box::pin(CallFuture::new(callsite, call, returned, plain_with(callsite, fill)))
            }
        }

        open!($future<'a, T>);
    )*};
}

/// Makes the compiler ask for the outcome of an unknown type, so that it names the missing bound.
macro_rules! open {
    ($behind:ty) => {
        impl<'a, T: 'a> SuccessCheckOpen<$behind> {
            /// Fails to compile.
            pub fn finish(
                &self,
                _: &'static Callsite,
                _: impl StartedCall,
                returned: $behind,
            ) -> $behind
            where
                T: Outcome,
            {
                returned
            }

            /// Fails to compile.
            pub fn finish_with(
                &self,
                _: &'static Callsite,
                _: impl StartedCall,
                returned: $behind,
                _: impl FnMut(&T, &mut EventWriter<'_>),
            ) -> $behind
            where
                T: Outcome,
            {
                returned
            }
        }
    };
}

macro_rules! references {
    ($($reference:ty)*) => {$(
        impl<'a, T> SuccessCheckBoxed<$reference>
        where
            Discriminant<T>: RefUnwindSafe,
        {
            /// Ends the call.
            pub fn finish(&self, callsite: &'static Callsite, call: impl StartedCall, returned: $reference) -> $reference {
                end(callsite, call, returned, ExtraFields::Absent, |_, _| is_plain::<T>(callsite))
            }

            /// Ends the call. `fill` writes fields from the value.
            pub fn finish_with(
                &self,
                callsite: &'static Callsite,
                call: impl StartedCall,
                returned: $reference,
                fill: impl FnMut(&$reference, &mut EventWriter<'_>),
            ) -> $reference {
                end(callsite, call, returned, ExtraFields::Present, plain_with(callsite, fill))
            }
        }

        open!($reference);
    )*};
}

boxed! {
    Local: dyn Future<Output = T> + 'a, ('a);
    Sent: dyn Future<Output = T> + Send + 'a, (Send + 'a);
    Shared: dyn Future<Output = T> + Send + Sync + 'a, (Send + Sync + 'a);
}

references!(&'a T &'a mut T);
