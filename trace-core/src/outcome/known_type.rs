//! Questions about a type that is fully known, answered by its name and its layout after generics are filled in.

use std::any::type_name;
use std::iter::FusedIterator;
use std::marker::PhantomData;
use std::mem::needs_drop;

use super::Outcome;

/// The name prefixes of types that are never plain and have no [`Outcome`] either.
const NEVER_PLAIN: [&str; 4] = [
    "core::option::Option<",
    "core::task::poll::Poll<",
    "core::ops::control_flow::ControlFlow<",
    "core::pin::Pin<alloc::boxed::Box<dyn ",
];

/// The name prefixes of types with an HTTP status that is not read and may mean failure.
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

/// Returns whether a type with this name is plain, unless it has an [`Outcome`].
pub(crate) fn is_plain_name(name: &str) -> bool {
    name != "bool" && !NEVER_PLAIN.iter().any(|never| name.starts_with(never)) && !has_status(name)
}

/// Returns whether an `Ok` of a `T` may mean failure: `T` has an [`Outcome`] or a status.
#[inline]
pub(crate) fn may_fail<T>() -> bool {
    let name = type_name::<T>();
    has_outcome::<T>() && name != "()" || has_status(behind_pointers(name))
}

/// Returns whether an `Ok` of a `T` is a success by its type alone: `()`, or a number other than `u16`. The compiler
/// evaluates it.
///
/// Such a type has nothing to drop, no spare bit pattern as pointers and statuses have, no parts, and no outcome of its own.
#[inline]
pub(crate) fn is_scalar<T>() -> bool {
    let size = size_of::<T>();
    let is_whole = size == 0 || size == align_of::<T>() && size != size_of::<u16>();
    is_whole
        && !needs_drop::<T>()
        && size_of::<Option<T>>() > size
        && (!has_outcome::<T>() || type_name::<T>() == "()")
}

/// Returns whether a type with this name has a status that is not read; in a tuple, at any position.
fn has_status(name: &str) -> bool {
    let begins = |name: &str| BY_STATUS.iter().any(|status| name.starts_with(status));
    let parts = name
        .strip_prefix('(')
        .into_iter()
        .flat_map(|parts| parts.split(", "));
    begins(name) || parts.into_iter().any(begins)
}

/// Returns the name of the type behind references, boxes and other pointers.
pub(crate) fn behind_pointers(mut name: &str) -> &str {
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

/// Returns whether `R` has an [`Outcome`], after generics are filled in.
///
/// No bound can ask that, but the standard library can: its [`Iterator::fuse`] does nothing to a [`FusedIterator`].
pub(crate) fn has_outcome<R>() -> bool {
    let mut probe = TypeProbe::<R>(0, PhantomData).fuse();
    probe.next().is_none() && probe.next().is_some()
}

/// An iterator that ends at once and continues when it is asked again.
struct TypeProbe<R>(u8, PhantomData<fn() -> R>);

impl<R> Iterator for TypeProbe<R> {
    type Item = ();

    fn next(&mut self) -> Option<()> {
        self.0 += 1;
        (self.0 == 2).then_some(())
    }
}

impl<R: Outcome> FusedIterator for TypeProbe<R> {}

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

    struct Listing<T>(PhantomData<T>);

    impl<T: Clone> Outcome for Listing<T> {
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
        assert!(may_fail::<Listing<u8>>());
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
        assert!(of::<&Listing<u8>>());
        assert!(!of::<Listing<NotClone>>());
        assert!(!of::<NotClone>());
    }
}
