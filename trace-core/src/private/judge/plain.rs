//! Plain values: a success because they were returned.
//!
//! A value is plain because nothing says otherwise, which is true of anything in generic code, where the compiler knows
//! too little of a type to see what says otherwise. Two rules keep a failure from being taken for a plain value there:
//! that of which nothing is known does not compile, and what is known in part only, `Page<T>` say, is asked again when
//! `T` is filled in.
//!
//! The compiler knows what the discriminant of a type is made of, which is an integer, unless the type is a parameter, a
//! projection or opaque. So what holds of every integer, and is promised of no discriminant, tells the two apart:
//! `Discriminant<R>: RefUnwindSafe`.

use std::any::type_name;
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::mem::Discriminant;
use std::panic::RefUnwindSafe;

use super::{JudgeBoxed, JudgePlain};
use crate::__private::entry::Begun;
use crate::__private::finish::{Adds, count, end};
use crate::__private::pen::Pen;
use crate::callsite::Callsite;
use crate::notice;
use crate::outcome::Outcome;
use crate::sink::Tally;

/// Knows of `R` at least its head, where it stands behind a reference or in a boxed future; in the open,
/// [`JudgePlain`] asks for itself.
#[diagnostic::on_unimplemented(
    message = "the success of `{R}` depends on the caller's type",
    label = "say when this is a success",
    note = "add `on = always` or `on = |r| …` to the attribute, or bind the parameter by `behavior_trace::Outcome`"
)]
pub trait Knows<R> {}

#[diagnostic::do_not_recommend]
impl<R> Knows<R> for Plain where Discriminant<R>: RefUnwindSafe {}

/// What is judged to be plain.
#[derive(Clone, Copy, Debug)]
pub struct Plain;

/// What is spelled as a number is plain without a search; if the spelling deceives, it fails.
#[derive(Clone, Copy, Debug)]
pub struct Valued;

/// A number, or `char`.
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

impl Valued {
    /// Ends the call.
    #[inline]
    pub fn finish<R: Number>(
        self,
        callsite: &'static Callsite,
        entry: impl Begun,
        returned: R,
    ) -> R {
        end(callsite, entry, returned, Adds::Nothing, |_, _| true)
    }

    /// Ends the call, with what `fill` says of the value.
    #[inline]
    pub fn finish_with<R: Number>(
        self,
        callsite: &'static Callsite,
        entry: impl Begun,
        returned: R,
        mut fill: impl FnMut(&R, &mut Pen<'_>),
    ) -> R {
        end(
            callsite,
            entry,
            returned,
            Adds::Something,
            |returned, pen| {
                if let Some(pen) = pen {
                    fill(returned, pen);
                }
                true
            },
        )
    }
}

#[expect(
    clippy::unused_self,
    reason = "method resolution finds the judge by it"
)]
impl<R> JudgePlain<R>
where
    Discriminant<R>: RefUnwindSafe,
{
    /// Ends the call.
    #[inline]
    pub fn finish(&self, callsite: &'static Callsite, entry: impl Begun, returned: R) -> R {
        end(callsite, entry, returned, Adds::Nothing, |_, _| {
            is_plain::<R>(callsite)
        })
    }

    /// Ends the call, with what `fill` says of the value.
    #[inline]
    pub fn finish_with(
        &self,
        callsite: &'static Callsite,
        entry: impl Begun,
        returned: R,
        fill: impl FnMut(&R, &mut Pen<'_>),
    ) -> R {
        end(
            callsite,
            entry,
            returned,
            Adds::Something,
            plain_with(callsite, fill),
        )
    }
}

macro_rules! references {
    ($($reference:ty)*) => {$(
        impl<'a, T> JudgeBoxed<$reference> {
            /// Ends the call.
            pub fn finish(
                &self,
                callsite: &'static Callsite,
                entry: impl Begun,
                returned: $reference,
            ) -> $reference
            where
                Plain: Knows<T>,
            {
                end(callsite, entry, returned, Adds::Nothing, |_, _| is_plain::<T>(callsite))
            }

            /// Ends the call, with what `fill` says of the value.
            pub fn finish_with(
                &self,
                callsite: &'static Callsite,
                entry: impl Begun,
                returned: $reference,
                fill: impl FnMut(&$reference, &mut Pen<'_>),
            ) -> $reference
            where
                Plain: Knows<T>,
            {
                end(callsite, entry, returned, Adds::Something, plain_with(callsite, fill))
            }
        }
    )*};
}

references!(&'a T &'a mut T);

/// What ends the call of a plain value that more is said of.
pub(super) fn plain_with<R>(
    callsite: &'static Callsite,
    mut fill: impl FnMut(&R, &mut Pen<'_>),
) -> impl FnMut(&R, Option<&mut Pen<'_>>) -> bool {
    move |returned, pen| match pen {
        Some(pen) => {
            fill(returned, pen);
            true
        }
        None => is_plain::<R>(callsite),
    }
}

/// How the names of types begin that are never plain, and have no [`Outcome`] either.
const NEVER_PLAIN: [&str; 4] = [
    "core::option::Option<",
    "core::task::poll::Poll<",
    "core::ops::control_flow::ControlFlow<",
    "core::pin::Pin<alloc::boxed::Box<dyn ",
];

/// Whether `R` is a plain value indeed, now that all of it is known. If not, no event is made, since it might be a
/// failure's, and it is said so.
pub(super) fn is_plain<R>(callsite: &'static Callsite) -> bool {
    let name = type_name::<R>()
        .trim_start_matches('&')
        .trim_start_matches("mut ");
    let plain = name != "bool"
        && !NEVER_PLAIN.iter().any(|never| name.starts_with(never))
        && !has_outcome::<R>();
    if !plain {
        unjudged(callsite, name);
    }
    plain
}

#[cold]
fn unjudged(callsite: &'static Callsite, name: &str) {
    count(Tally::Unjudged);
    if callsite.first_doubt() {
        notice::unjudged(callsite, name);
    }
}

/// Whether `R` has an [`Outcome`], asked where generics have been filled in. No bound can ask that, but the standard
/// library does on our behalf: it lets [`Iterator::fuse`] do nothing for what is a [`FusedIterator`].
fn has_outcome<R>() -> bool {
    let mut probe = Probe::<R>(0, PhantomData).fuse();
    probe.next().is_none() && probe.next().is_some()
}

/// Ends at once, and goes on when it is asked again.
struct Probe<R>(u8, PhantomData<fn() -> R>);

impl<R> Iterator for Probe<R> {
    type Item = ();

    fn next(&mut self) -> Option<()> {
        self.0 += 1;
        (self.0 == 2).then_some(())
    }
}

impl<R: Outcome> FusedIterator for Probe<R> {}

#[cfg(test)]
mod tests {
    use super::*;

    struct Page<T>(PhantomData<T>);

    impl<T: Clone> Outcome for Page<T> {
        type Success = ();

        fn success(&self) -> Option<&()> {
            None
        }
    }

    struct NotClone;

    #[test]
    fn an_outcome_is_seen_once_generics_are_filled_in() {
        fn of<T>() -> bool {
            has_outcome::<T>()
        }
        assert!(of::<Result<u8, u8>>());
        assert!(of::<&Page<u8>>());
        assert!(!of::<Page<NotClone>>());
        assert!(!of::<NotClone>());
    }
}
