//! Arguments that lead to a store.

use syn::{FnArg, GenericArgument, PathArguments, ReturnType, Signature, Type, TypeParamBound};

use super::{Function, name};

/// Ends of the names of types that are a connection or a transaction.
const CONNECTIONS: [&str; 5] = ["Connection", "Transaction", "Conn", "Tx", "Txn"];
/// Ends of the names of types that lead to one.
const STORES: [&str; 6] = ["Pool", "Database", "Db", "Repository", "Repo", "Store"];
/// Traits of connections.
const TRAITS: [&str; 4] = ["Acquire", "ConnectionTrait", "Executor", "GenericClient"];

/// Adds what the arguments and the return type show.
pub(super) fn read(signature: &Signature, function: &mut Function) {
    function.is_async = signature.asyncness.is_some() || is_future(&signature.output);
    for argument in &signature.inputs {
        let FnArg::Typed(argument) = argument else {
            function.has_receiver = true;
            continue;
        };
        function.parameters += 1;
        if let Type::Reference(reference) = &*argument.ty
            && reference.mutability.is_some()
            && let Some(found) = named_like(&reference.elem, &CONNECTIONS)
        {
            function.mut_connection = Some(found);
        }
        if function.mut_connection.is_some() {
            continue;
        }
        let store = named_like(&argument.ty, &CONNECTIONS);
        let store = store.or_else(|| named_like(&argument.ty, &STORES));
        function.store_argument = function.store_argument.take().or(store);
    }
}

fn is_future(output: &ReturnType) -> bool {
    let ReturnType::Type(_, output) = output else {
        return false;
    };
    match &**output {
        Type::ImplTrait(some) => some.bounds.iter().any(|bound| match bound {
            TypeParamBound::Trait(bound) => bound
                .path
                .segments
                .last()
                .is_some_and(|last| last.ident == "Future"),
            _ => false,
        }),
        Type::Path(path) => {
            let last = path.path.segments.last();
            last.is_some_and(|last| {
                ["BoxFuture", "LocalBoxFuture", "Pin"]
                    .iter()
                    .any(|name| last.ident == name)
            })
        }
        _ => false,
    }
}

/// Returns the name of a type that ends like one of these, behind references and in the arguments of a type.
fn named_like(of: &Type, ends: &[&str]) -> Option<String> {
    match of {
        Type::Reference(reference) => named_like(&reference.elem, ends),
        Type::Paren(inner) => named_like(&inner.elem, ends),
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            let name = name(&last.ident);
            if ends.iter().any(|end| name.ends_with(end)) {
                return Some(name);
            }
            let PathArguments::AngleBracketed(arguments) = &last.arguments else {
                return None;
            };
            arguments.args.iter().find_map(|argument| match argument {
                GenericArgument::Type(inner) => named_like(inner, ends),
                _ => None,
            })
        }
        Type::ImplTrait(some) => some.bounds.iter().find_map(|bound| bound_like(bound, ends)),
        Type::TraitObject(some) => some.bounds.iter().find_map(|bound| bound_like(bound, ends)),
        _ => None,
    }
}

fn bound_like(bound: &TypeParamBound, ends: &[&str]) -> Option<String> {
    let TypeParamBound::Trait(bound) = bound else {
        return None;
    };
    let name = name(&bound.path.segments.last()?.ident);
    let is_like = TRAITS.contains(&name.as_str()) || ends.iter().any(|end| name.ends_with(end));
    is_like.then_some(name)
}
