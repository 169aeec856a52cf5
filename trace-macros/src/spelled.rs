//! Classification of return types by their written form, for the success check.

use syn::punctuated::Punctuated;
use syn::{Token, Type, TypeParamBound, TypePath};

use crate::shape::{arguments, bare, is_number};

/// The class of a return type by its written form alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelled {
    Never,
    /// `Option`, `bool`, `Poll`, `ControlFlow`.
    Ambiguous,
    /// A status that cannot be read: `impl IntoResponse`, `HttpResponse`, a tuple that does not begin with its status.
    Hidden(Hidden),
    /// A status that the feature `http` reads.
    Status,
    /// `()`, or a `Result` of a type written as a plain value. The type decides about success, or the compiler reports that
    /// it does not.
    Telling,
    /// A `Result` of a type that may itself decide about success.
    Nesting,
    /// A number.
    Plain,
    Anything,
}

/// The reason why a status cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hidden {
    Opaque,
    Foreign,
    Tuple,
}

/// Classifies the type that a call yields.
pub(crate) fn of(yields: &Type) -> Spelled {
    let given = behind_pointers(yields);
    if let Some((ok, error)) = result(given) {
        return match of(ok) {
            Spelled::Status if error.is_some_and(|error| is_named(error, "Status")) => {
                Spelled::Telling
            }
            found @ (Spelled::Hidden(_) | Spelled::Status) => found,
            Spelled::Plain | Spelled::Ambiguous => Spelled::Telling,
            Spelled::Telling if is_unit(ok) => Spelled::Telling,
            _ if is_plain(ok) => Spelled::Telling,
            _ => Spelled::Nesting,
        };
    }
    match given {
        Type::Never(_) => Spelled::Never,
        Type::Tuple(tuple) => in_tuple(&tuple.elems),
        Type::ImplTrait(opaque) if answers(&opaque.bounds) => Spelled::Hidden(Hidden::Opaque),
        Type::TraitObject(object) if answers(&object.bounds) => Spelled::Hidden(Hidden::Opaque),
        Type::Path(path) if is_foreign(path) => Spelled::Hidden(Hidden::Foreign),
        Type::Path(path) if is_status(path) => Spelled::Status,
        _ if is_ambiguous(given) => Spelled::Ambiguous,
        _ if is_number(yields) => Spelled::Plain,
        _ => Spelled::Anything,
    }
}

/// Returns the remedy for a hidden status.
pub(crate) fn help(hidden: Hidden, yields: &Type) -> &'static str {
    match (hidden, result(behind_pointers(yields))) {
        (Hidden::Tuple, _) => "put the status first, or add `on = |r| …`",
        (Hidden::Opaque, Some(_)) => {
            "return a `Response` in the `Ok`, with the feature `http`, or add `on = |r| …` or `on = ok`"
        }
        (Hidden::Opaque, None) => {
            "return a `Response`, with the feature `http`, or add `on = |r| …` or `on = always`"
        }
        (Hidden::Foreign, Some(_)) => {
            "add `on = |r| r.as_ref().is_ok_and(|r| r.status().is_success())` or `on = ok`"
        }
        (Hidden::Foreign, None) => "add `on = |r| r.status().is_success()` or `on = always`",
    }
}

fn in_tuple(parts: &Punctuated<Type, Token![,]>) -> Spelled {
    let mut parts = parts.iter().map(of);
    match parts.next() {
        None => Spelled::Telling,
        Some(Spelled::Status) => Spelled::Status,
        first => first
            .into_iter()
            .chain(parts)
            .find_map(|part| match part {
                Spelled::Status | Spelled::Hidden(_) => Some(Spelled::Hidden(Hidden::Tuple)),
                _ => None,
            })
            .unwrap_or(Spelled::Anything),
    }
}

/// Returns the type behind references, boxes and similar pointers.
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

/// Returns the types in the `Ok` and the `Err` of a type written as `Result<…>`, under any path.
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

/// Returns whether a type is written like a container of application values. If that is wrong, the call is counted as
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

/// Returns whether the type is a response of another crate whose status the recorder cannot read.
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
            ("StatusCode", Spelled::Status),
            ("axum::http::StatusCode", Spelled::Status),
            ("Response", Spelled::Status),
            ("Result<Response<Body>, AppError>", Spelled::Status),
            ("(StatusCode, Json<User>)", Spelled::Status),
            (
                "Result<(StatusCode, Json<User>), AppError>",
                Spelled::Status,
            ),
            ("Result<Response<Reply>, Status>", Spelled::Telling),
            ("Result<tonic::Response<Reply>, Error>", Spelled::Nesting),
            ("impl IntoResponse", Spelled::Hidden(Hidden::Opaque)),
            (
                "Result<impl IntoResponse + use<>, E>",
                Spelled::Hidden(Hidden::Opaque),
            ),
            ("Box<dyn warp::Reply>", Spelled::Hidden(Hidden::Opaque)),
            ("HttpResponse", Spelled::Hidden(Hidden::Foreign)),
            (
                "actix_web::Result<HttpResponse>",
                Spelled::Hidden(Hidden::Foreign),
            ),
            ("reqwest::Response", Spelled::Hidden(Hidden::Foreign)),
            ("(Json<User>, StatusCode)", Spelled::Hidden(Hidden::Tuple)),
        ] {
            let given = syn::parse_str(yields).expect("a type");
            assert_eq!(of(&given), expected, "{yields}");
        }
    }

    #[test]
    fn what_tells_and_what_does_not_are_told_apart() {
        for (yields, expected) in [
            ("()", Spelled::Telling),
            ("Result<(), E>", Spelled::Telling),
            ("io::Result<u64>", Spelled::Telling),
            ("Result<Option<User>, E>", Spelled::Telling),
            ("Result<User, E>", Spelled::Nesting),
            ("Result<Result<u8, E>, E>", Spelled::Nesting),
            ("Arc<Option<User>>", Spelled::Ambiguous),
            ("&bool", Spelled::Ambiguous),
            ("own::Option<User>", Spelled::Anything),
            ("u64", Spelled::Plain),
            ("&u64", Spelled::Anything),
            ("!", Spelled::Never),
            ("User", Spelled::Anything),
            ("(u8, User)", Spelled::Anything),
        ] {
            let given = syn::parse_str(yields).expect("a type");
            assert_eq!(of(&given), expected, "{yields}");
        }
    }
}
