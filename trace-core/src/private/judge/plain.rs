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
use std::mem::{Discriminant, needs_drop};
use std::panic::RefUnwindSafe;

use super::JudgePlain;
use crate::__private::entry::Begun;
use crate::__private::finish::{Adds, count, end};
use crate::__private::pen::Pen;
use crate::callsite::Callsite;
use crate::notice;
use crate::outcome::Outcome;
use crate::sink::Counter;

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

/// How the names of types begin that mean failure by an HTTP status which nothing here reads.
const BY_STATUS: [&str; 9] = [
    "http::status::StatusCode",
    "http::response::Response<",
    "actix_web::response::response::HttpResponse",
    "actix_http::responses::response::Response<",
    "poem::response::Response",
    "reqwest::async_impl::response::Response",
    "reqwest::blocking::response::Response",
    "rocket_http::status::Status",
    "salvo_core::http::response::Response",
];

/// Whether `R` is a plain value indeed, now that all of it is known. If not, no event is made, since it might be a
/// failure's, and it is said so.
pub(super) fn is_plain<R>(callsite: &'static Callsite) -> bool {
    let name = behind_pointers(type_name::<R>());
    let plain = name != "bool"
        && !NEVER_PLAIN.iter().any(|never| name.starts_with(never))
        && !has_status(name)
        && !has_outcome::<R>();
    if !plain {
        unjudged(callsite, name);
    }
    plain
}

/// Whether an `Ok` of a `T` may mean failure: it says itself whether it does, or has a status.
#[inline]
pub(crate) fn may_fail<T>() -> bool {
    let name = type_name::<T>();
    has_outcome::<T>() && name != "()" || has_status(behind_pointers(name))
}

/// Whether an `Ok` of a `T` is a success by the look of its type alone, which the compiler sees to: `()`, or a number that is
/// no `u16`. It has nothing to drop, no spare bit pattern, as pointers and statuses have, no parts, and no outcome of its own.
#[inline]
pub(crate) fn is_scalar<T>() -> bool {
    let size = size_of::<T>();
    let is_whole = size == 0 || size == align_of::<T>() && size != size_of::<u16>();
    is_whole
        && !needs_drop::<T>()
        && size_of::<Option<T>>() > size
        && (!has_outcome::<T>() || type_name::<T>() == "()")
}

/// Whether a type of this name has a status that is not read; in a tuple, wherever it stands.
fn has_status(name: &str) -> bool {
    let begins = |name: &str| BY_STATUS.iter().any(|status| name.starts_with(status));
    let parts = name
        .strip_prefix('(')
        .into_iter()
        .flat_map(|parts| parts.split(", "));
    begins(name) || parts.into_iter().any(begins)
}

/// The name of what references, boxes and the like lead to.
fn behind_pointers(mut name: &str) -> &str {
    const POINTERS: [&str; 5] = [
        "&",
        "mut ",
        "alloc::boxed::Box<",
        "alloc::rc::Rc<",
        "alloc::sync::Arc<",
    ];
    while let Some(behind) = POINTERS
        .iter()
        .find_map(|pointer| name.strip_prefix(pointer))
    {
        name = behind;
    }
    name
}

#[cold]
pub(super) fn unjudged(callsite: &'static Callsite, name: &str) {
    count(Counter::Undetermined);
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

    struct Code(#[expect(dead_code, reason = "its size is looked at")] u32);

    impl Outcome for Code {
        type Success = ();

        fn success(&self) -> Option<&()> {
            None
        }
    }

    struct Page<T>(PhantomData<T>);

    impl<T: Clone> Outcome for Page<T> {
        type Success = ();

        fn success(&self) -> Option<&()> {
            None
        }
    }

    struct NotClone;

    #[test]
    fn a_status_is_seen_by_the_name_of_its_type() {
        for named in [
            "http::status::StatusCode",
            "alloc::boxed::Box<http::response::Response<axum_core::body::Body>>",
            "(axum::json::Json<u8>, http::status::StatusCode)",
            "&mut actix_web::response::response::HttpResponse",
        ] {
            assert!(has_status(behind_pointers(named)), "{named}");
        }
        for other in [
            "tonic::response::Response<u8>",
            "shop::Response",
            "(u8, u8)",
            "alloc::vec::Vec<http::status::StatusCode>",
        ] {
            assert!(!has_status(behind_pointers(other)), "{other}");
        }
    }

    #[test]
    fn an_ok_may_fail_if_what_is_in_it_does() {
        assert!(may_fail::<Result<u8, u8>>());
        assert!(may_fail::<Page<u8>>());
        assert!(may_fail::<std::process::ExitCode>());
        assert!(!may_fail::<()>());
        assert!(!may_fail::<Option<u8>>());
        assert!(!may_fail::<NotClone>());
        assert!(is_scalar::<()>() && is_scalar::<u64>() && is_scalar::<f64>());
        assert!(!is_scalar::<Code>() && !is_scalar::<u16>() && !is_scalar::<&u64>());
        assert!(
            !is_scalar::<String>() && !is_scalar::<(u8, u32)>() && !is_scalar::<Result<u8, u8>>()
        );
    }

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
