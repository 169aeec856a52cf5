//! Second tier: `Option`, `bool`, `Poll` and `ControlFlow`, and pointers to one, which may mean success or failure.

use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use super::SuccessCheckOutcome;
use crate::__private::call::StartedCall;
use crate::callsite::Callsite;
use crate::event_writer::EventWriter;

/// A return type that decides whether it is a success. No type implements it: it is asked of those that cannot decide.
#[diagnostic::on_unimplemented(
    message = "cannot tell whether `{Self}` means success",
    label = "say when this is a success",
    note = "add `on = some`, `on = none`, `on = true`, `on = always` or `on = |r| …` to the attribute"
)]
pub trait KnownSuccess {}

macro_rules! ambiguous {
    ($(<$($parameter:ident),*> $ambiguous:ty;)*) => {$(
        impl<$($parameter),*> SuccessCheckOutcome<$ambiguous> {
            /// Does not compile.
            pub fn finish<R: KnownSuccess>(&self, _: &'static Callsite, _: impl StartedCall, returned: R) -> R {
                returned
            }

            /// Does not compile.
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
