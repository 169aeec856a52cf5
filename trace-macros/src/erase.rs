//! Conversion of a return type to a type that a variable can have.

use syn::{GenericArgument, Type};

/// Returns the type with `_` in place of each `impl Trait`.
pub(crate) fn erase(given: &Type) -> Type {
    let mut erased = given.clone();
    erase_in(&mut erased);
    erased
}

fn erase_in(given: &mut Type) {
    match given {
        Type::ImplTrait(_) => *given = syn::parse_quote!(_),
        Type::Paren(paren) => erase_in(&mut paren.elem),
        Type::Group(group) => erase_in(&mut group.elem),
        Type::Reference(reference) => erase_in(&mut reference.elem),
        Type::Ptr(pointer) => erase_in(&mut pointer.elem),
        Type::Array(array) => erase_in(&mut array.elem),
        Type::Slice(slice) => erase_in(&mut slice.elem),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(erase_in),
        Type::Path(path) => erase_in_arguments(&mut path.path),
        Type::TraitObject(object) => {
            for bound in &mut object.bounds {
                if let syn::TypeParamBound::Trait(bound) = bound {
                    erase_in_arguments(&mut bound.path);
                }
            }
        }
        _ => {}
    }
}

fn erase_in_arguments(path: &mut syn::Path) {
    for segment in &mut path.segments {
        if let syn::PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
            for argument in &mut arguments.args {
                match argument {
                    GenericArgument::Type(argument) => erase_in(argument),
                    GenericArgument::AssocType(named) => erase_in(&mut named.ty),
                    _ => {}
                }
            }
        }
    }
}
