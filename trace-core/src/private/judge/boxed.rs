//! What is judged by what is behind it: boxed futures by their output, when they end, and references.

use std::future::Future;
use std::mem::Discriminant;
use std::panic::RefUnwindSafe;
use std::pin::Pin;

use super::plain::{is_plain, plain_with};
use super::telling::{filled, inner, outcome};
use super::{Judge, JudgeBoxed, JudgeOpen, JudgeOutcome};
use crate::__private::entry::Begun;
use crate::__private::finish::{Adds, end};
use crate::__private::pen::Pen;
use crate::__private::watch::Watch;
use crate::callsite::Callsite;
use crate::outcome::Outcome;

macro_rules! boxed {
    ($($future:ident: $type:ty, ($($bound:tt)*);)*) => {$(
        type $future<'a, T> = Pin<Box<$type>>;

        impl<'a, T: Outcome + 'a, E: 'a> Judge<$future<'a, Result<T, E>>> {
            /// Ends the call when the future ends.
            pub fn finish(
                &self,
                callsite: &'static Callsite,
                entry: impl Begun,
                returned: $future<'a, Result<T, E>>,
            ) -> $future<'a, Result<T, E>> {
                Box::pin(Watch::new(callsite, entry, returned, move |output: &Result<T, E>, _: Option<&mut Pen<'_>>| {
                    inner(callsite, output).is_some()
                }))
            }

            /// Ends the call when the future ends, with what `fill` says of its success.
            pub fn finish_with(
                &self,
                callsite: &'static Callsite,
                entry: impl Begun,
                returned: $future<'a, Result<T, E>>,
                mut fill: impl FnMut(&T::Success, &mut Pen<'_>) + $($bound)*,
            ) -> $future<'a, Result<T, E>> {
                Box::pin(Watch::new(callsite, entry, returned, move |output: &Result<T, E>, pen: Option<&mut Pen<'_>>| {
                    filled(inner(callsite, output), pen, &mut fill)
                }))
            }
        }

        impl<'a, T: Outcome + 'a> JudgeOutcome<$future<'a, T>> {
            /// Ends the call when the future ends.
            pub fn finish(&self, callsite: &'static Callsite, entry: impl Begun, returned: $future<'a, T>) -> $future<'a, T> {
                Box::pin(Watch::new(callsite, entry, returned, move |output: &T, _: Option<&mut Pen<'_>>| {
                    outcome(callsite, output).is_some()
                }))
            }

            /// Ends the call when the future ends, with what `fill` says of its success.
            pub fn finish_with(
                &self,
                callsite: &'static Callsite,
                entry: impl Begun,
                returned: $future<'a, T>,
                mut fill: impl FnMut(&T::Success, &mut Pen<'_>) + $($bound)*,
            ) -> $future<'a, T> {
                Box::pin(Watch::new(callsite, entry, returned, move |output: &T, pen: Option<&mut Pen<'_>>| {
                    filled(outcome(callsite, output), pen, &mut fill)
                }))
            }
        }

        impl<'a, T: 'a> JudgeBoxed<$future<'a, T>>
        where
            Discriminant<T>: RefUnwindSafe,
        {
            /// Ends the call when the future ends.
            pub fn finish(&self, callsite: &'static Callsite, entry: impl Begun, returned: $future<'a, T>) -> $future<'a, T> {
                Box::pin(Watch::new(callsite, entry, returned, move |_: &T, _: Option<&mut Pen<'_>>| is_plain::<T>(callsite)))
            }

            /// Ends the call when the future ends, with what `fill` says of its output.
            pub fn finish_with(
                &self,
                callsite: &'static Callsite,
                entry: impl Begun,
                returned: $future<'a, T>,
                fill: impl FnMut(&T, &mut Pen<'_>) + $($bound)*,
            ) -> $future<'a, T> {
                Box::pin(Watch::new(callsite, entry, returned, plain_with(callsite, fill)))
            }
        }

        open!($future<'a, T>);
    )*};
}

/// Asks for an outcome of that of which nothing is known, so that the compiler says so.
macro_rules! open {
    ($behind:ty) => {
        impl<'a, T: 'a> JudgeOpen<$behind> {
            /// Does not compile.
            pub fn finish(&self, _: &'static Callsite, _: impl Begun, returned: $behind) -> $behind
            where
                T: Outcome,
            {
                returned
            }

            /// Does not compile.
            pub fn finish_with(
                &self,
                _: &'static Callsite,
                _: impl Begun,
                returned: $behind,
                _: impl FnMut(&T, &mut Pen<'_>),
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
        impl<'a, T> JudgeBoxed<$reference>
        where
            Discriminant<T>: RefUnwindSafe,
        {
            /// Ends the call.
            pub fn finish(&self, callsite: &'static Callsite, entry: impl Begun, returned: $reference) -> $reference {
                end(callsite, entry, returned, Adds::Nothing, |_, _| is_plain::<T>(callsite))
            }

            /// Ends the call, with what `fill` says of the value.
            pub fn finish_with(
                &self,
                callsite: &'static Callsite,
                entry: impl Begun,
                returned: $reference,
                fill: impl FnMut(&$reference, &mut Pen<'_>),
            ) -> $reference {
                end(callsite, entry, returned, Adds::Something, plain_with(callsite, fill))
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
