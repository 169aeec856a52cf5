//! The syntax of a return type, as far as it defines a success.

use syn::punctuated::Punctuated;
use syn::{Token, Type, TypeParamBound, TypePath};

use crate::types::{arguments, bare, is_number};

/// The syntax of a return type, classified by its spelling alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReturnSyntax {
    Never,
    /// `Option`, `bool`, `Poll`, `ControlFlow`.
    Ambiguous,
    /// A status that no code can read: `impl IntoResponse`, `HttpResponse`, a tuple that does not begin with its status.
    Hidden(HiddenStatus),
    /// A status that the feature `http` reads.
    Status,
    /// `()`, or a `Result` of a plain value: a type with an outcome, or the compiler reports that it has none.
    Outcome,
    /// A `Result` of a value that may itself have an outcome.
    NestedResult,
    /// A number or `char`.
    Number,
    Anything,
}

/// The kind of type that hides a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HiddenStatus {
    Opaque,
    Foreign,
    Tuple,
}

/// Returns the syntax of the type that a call yields.
pub(crate) fn of(yields: &Type) -> ReturnSyntax {
    let given = behind_pointers(yields);
    if let Some((ok, error)) = result(given) {
        return match of(ok) {
            ReturnSyntax::Status if error.is_some_and(|error| is_named(error, "Status")) => {
                ReturnSyntax::Outcome
            }
            found @ (ReturnSyntax::Hidden(_) | ReturnSyntax::Status) => found,
            ReturnSyntax::Number | ReturnSyntax::Ambiguous => ReturnSyntax::Outcome,
            ReturnSyntax::Outcome if is_unit(ok) => ReturnSyntax::Outcome,
            _ if is_plain(ok) => ReturnSyntax::Outcome,
            _ => ReturnSyntax::NestedResult,
        };
    }
    match given {
        Type::Never(_) => ReturnSyntax::Never,
        Type::Tuple(tuple) => in_tuple(&tuple.elems),
        Type::ImplTrait(opaque) if answers(&opaque.bounds) => {
            ReturnSyntax::Hidden(HiddenStatus::Opaque)
        }
        Type::TraitObject(object) if answers(&object.bounds) => {
            ReturnSyntax::Hidden(HiddenStatus::Opaque)
        }
        Type::Path(path) if is_foreign(path) => ReturnSyntax::Hidden(HiddenStatus::Foreign),
        Type::Path(path) if is_status(path) => ReturnSyntax::Status,
        _ if is_ambiguous(given) => ReturnSyntax::Ambiguous,
        _ if is_number(yields) => ReturnSyntax::Number,
        _ => ReturnSyntax::Anything,
    }
}

/// Returns the advice for a hidden status.
pub(crate) fn help(hidden: HiddenStatus, yields: &Type) -> &'static str {
    match (hidden, result(behind_pointers(yields))) {
        (HiddenStatus::Tuple, _) => "put the status first, or add `on = |r| …`",
        (HiddenStatus::Opaque, Some(_)) => {
            "return a `Response` in the `Ok`, with the feature `http`, or add `on = |r| …` or `on = ok`"
        }
        (HiddenStatus::Opaque, None) => {
            "return a `Response`, with the feature `http`, or add `on = |r| …` or `on = always`"
        }
        (HiddenStatus::Foreign, Some(_)) => {
            "add `on = |r| r.as_ref().is_ok_and(|r| r.status().is_success())` or `on = ok`"
        }
        (HiddenStatus::Foreign, None) => "add `on = |r| r.status().is_success()` or `on = always`",
    }
}

fn in_tuple(parts: &Punctuated<Type, Token![,]>) -> ReturnSyntax {
    let mut parts = parts.iter().map(of);
    match parts.next() {
        None => ReturnSyntax::Outcome,
        Some(ReturnSyntax::Status) => ReturnSyntax::Status,
        first => first
            .into_iter()
            .chain(parts)
            .find_map(|part| match part {
                ReturnSyntax::Status | ReturnSyntax::Hidden(_) => {
                    Some(ReturnSyntax::Hidden(HiddenStatus::Tuple))
                }
                _ => None,
            })
            .unwrap_or(ReturnSyntax::Anything),
    }
}

/// Returns the type behind references, boxes and other pointers.
fn behind_pointers(mut given: &Type) -> &Type {
    loop {
        given = match bare(given) {
            Type::Reference(reference) => &reference.elem,
            Type::Path(path) => match (last_name(path).as_deref(), &*arguments(path)) {
                (Some("Box" | "Rc" | "Arc"), &[behind]) => behind,
                _ => return bare(given),
            },
            other => return other,
        };
    }
}

/// Returns the types in the `Ok` and in the `Err` of a type spelled `Result<…>`, under any path.
fn result(given: &Type) -> Option<(&Type, Option<&Type>)> {
    let Type::Path(path) = given else {
        return None;
    };
    let is_result = last_name(path).is_some_and(|name| name == "Result");
    match (is_result, &*arguments(path)) {
        (true, &[ok]) => Some((ok, None)),
        (true, &[ok, error]) => Some((ok, Some(error))),
        _ => None,
    }
}

fn last_name(path: &TypePath) -> Option<String> {
    Some(path.path.segments.last()?.ident.to_string())
}

fn is_named(given: &Type, name: &str) -> bool {
    matches!(bare(given), Type::Path(path) if last_name(path).is_some_and(|last| last == name))
}

fn begins_with(path: &TypePath, name: &str) -> bool {
    let segments = &path.path.segments;
    segments.len() > 1 && segments.first().is_some_and(|first| first.ident == name)
}

fn is_unit(given: &Type) -> bool {
    matches!(bare(given), Type::Tuple(tuple) if tuple.elems.is_empty())
}

/// Returns whether the spelling is that of a type with values of the application. If it misleads, the call is counted as
/// undetermined.
fn is_plain(given: &Type) -> bool {
    matches!(bare(given), Type::Path(path) if matches!(last_name(path).as_deref(), Some("Json" | "String" | "Uuid" | "Vec")))
}

fn is_status(path: &TypePath) -> bool {
    match last_name(path).as_deref() {
        Some("StatusCode") => true,
        Some("Response") => !begins_with(path, "tonic"),
        _ => false,
    }
}

/// Returns whether the type is the response of another crate, whose status is not read.
fn is_foreign(path: &TypePath) -> bool {
    match last_name(path).as_deref() {
        Some("HttpResponse") => true,
        Some("Response") => begins_with(path, "reqwest"),
        _ => false,
    }
}

/// Returns whether a type with these bounds becomes the response to a request.
fn answers(bounds: &Punctuated<TypeParamBound, Token![+]>) -> bool {
    bounds.iter().any(|bound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last().is_some_and(|last| {
            ["IntoResponse", "Reply", "Responder"]
                .iter()
                .any(|name| last.ident == name)
        }),
        _ => false,
    })
}

fn is_ambiguous(given: &Type) -> bool {
    let Type::Path(path) = given else {
        return false;
    };
    let segments = &path.path.segments;
    let from_std = segments.len() == 1
        || segments
            .first()
            .is_some_and(|first| first.ident == "std" || first.ident == "core");
    from_std
        && path.qself.is_none()
        && segments.last().is_some_and(|last| {
            let has_arguments = !last.arguments.is_empty();
            match last.ident.to_string().as_str() {
                "Option" | "Poll" | "ControlFlow" => has_arguments,
                "bool" => segments.len() == 1 && !has_arguments,
                _ => false,
            }
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_known_by_its_name_wherever_it_stands() {
        for (yields, expected) in [
            ("StatusCode", ReturnSyntax::Status),
            ("axum::http::StatusCode", ReturnSyntax::Status),
            ("Response", ReturnSyntax::Status),
            ("Result<Response<Body>, AppError>", ReturnSyntax::Status),
            ("(StatusCode, Json<User>)", ReturnSyntax::Status),
            (
                "Result<(StatusCode, Json<User>), AppError>",
                ReturnSyntax::Status,
            ),
            ("Result<Response<Reply>, Status>", ReturnSyntax::Outcome),
            (
                "Result<tonic::Response<Reply>, Error>",
                ReturnSyntax::NestedResult,
            ),
            (
                "impl IntoResponse",
                ReturnSyntax::Hidden(HiddenStatus::Opaque),
            ),
            (
                "Result<impl IntoResponse + use<>, E>",
                ReturnSyntax::Hidden(HiddenStatus::Opaque),
            ),
            (
                "Box<dyn warp::Reply>",
                ReturnSyntax::Hidden(HiddenStatus::Opaque),
            ),
            ("HttpResponse", ReturnSyntax::Hidden(HiddenStatus::Foreign)),
            (
                "actix_web::Result<HttpResponse>",
                ReturnSyntax::Hidden(HiddenStatus::Foreign),
            ),
            (
                "reqwest::Response",
                ReturnSyntax::Hidden(HiddenStatus::Foreign),
            ),
            (
                "(Json<User>, StatusCode)",
                ReturnSyntax::Hidden(HiddenStatus::Tuple),
            ),
        ] {
            let given = syn::parse_str(yields).expect("a type");
            assert_eq!(of(&given), expected, "{yields}");
        }
    }

    #[test]
    fn what_tells_and_what_does_not_are_told_apart() {
        for (yields, expected) in [
            ("()", ReturnSyntax::Outcome),
            ("Result<(), E>", ReturnSyntax::Outcome),
            ("io::Result<u64>", ReturnSyntax::Outcome),
            ("Result<Option<User>, E>", ReturnSyntax::Outcome),
            ("Result<User, E>", ReturnSyntax::NestedResult),
            ("Result<Result<u8, E>, E>", ReturnSyntax::NestedResult),
            ("Arc<Option<User>>", ReturnSyntax::Ambiguous),
            ("&bool", ReturnSyntax::Ambiguous),
            ("own::Option<User>", ReturnSyntax::Anything),
            ("u64", ReturnSyntax::Number),
            ("&u64", ReturnSyntax::Anything),
            ("!", ReturnSyntax::Never),
            ("User", ReturnSyntax::Anything),
            ("(u8, User)", ReturnSyntax::Anything),
        ] {
            let given = syn::parse_str(yields).expect("a type");
            assert_eq!(of(&given), expected, "{yields}");
        }
    }
}
