//! The syntax of types and of their parts.

use syn::punctuated::Punctuated;
use syn::{GenericArgument, PathArguments, Token, Type, TypeParamBound, TypePath};

/// Returns the type inside parentheses and the invisible groups that `macro_rules!` leaves.
pub(crate) fn bare(mut given: &Type) -> &Type {
    loop {
        given = match given {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            other => return other,
        }
    }
}

/// Returns whether a type is spelled as a number or `char`.
pub(crate) fn is_number(given: &Type) -> bool {
    const NUMBERS: [&str; 15] = [
        "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32",
        "u64", "u128", "usize",
    ];
    matches!(given, Type::Path(path) if NUMBERS.iter().any(|number| path.path.is_ident(number)))
}

/// Returns the output of a `Future` among the bounds; `_` if its output is not written.
pub(crate) fn future_output(bounds: &Punctuated<TypeParamBound, Token![+]>) -> Option<Type> {
    bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else {
            return None;
        };
        let last = bound.path.segments.last()?;
        if last.ident != "Future" {
            return None;
        }
        let written = arguments_of(&last.arguments).find_map(|argument| match argument {
            GenericArgument::AssocType(assoc) if assoc.ident == "Output" => {
                Some(bare(&assoc.ty).clone())
            }
            _ => None,
        });
        Some(written.unwrap_or_else(|| syn::parse_quote!(_)))
    })
}

/// Returns the type arguments at the end of a path.
pub(crate) fn arguments(path: &TypePath) -> Vec<&Type> {
    let last = path.path.segments.last();
    let written = last
        .into_iter()
        .flat_map(|last| arguments_of(&last.arguments));
    written
        .filter_map(|argument| match argument {
            GenericArgument::Type(argument) => Some(bare(argument)),
            _ => None,
        })
        .collect()
}

fn arguments_of(arguments: &PathArguments) -> impl Iterator<Item = &GenericArgument> {
    let written = match arguments {
        PathArguments::AngleBracketed(written) => Some(&written.args),
        _ => None,
    };
    written.into_iter().flatten()
}

/// Returns the output of a type spelled `Pin<Box<dyn Future<Output = …>>>`.
pub(crate) fn boxed_output(given: &Type) -> Option<Type> {
    let inner = only_argument(given, "Pin").and_then(|pinned| only_argument(pinned, "Box"))?;
    let Type::TraitObject(object) = inner else {
        return None;
    };
    future_output(&object.bounds)
}

fn only_argument<'a>(given: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = given else {
        return None;
    };
    let last = path.path.segments.last()?;
    match arguments_of(&last.arguments).next()? {
        GenericArgument::Type(argument) if last.ident == name => Some(bare(argument)),
        _ => None,
    }
}
