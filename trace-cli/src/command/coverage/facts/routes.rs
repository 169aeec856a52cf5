//! Handlers in the calls of a router: `post(create)`, `get(list).post(create)`, `web::post().to(create)`.

use syn::{Expr, ExprCall, ExprMethodCall};

use super::attributes::METHODS;
use super::{Named, name};

/// Returns the handler of `post(create)` or `on(MethodFilter::POST, create)`.
pub(super) fn of_call(call: &ExprCall) -> Option<Named> {
    let Expr::Path(function) = &*call.func else {
        return None;
    };
    let function = Named::of(&function.path)?;
    let mut arguments = call.args.iter();
    match function.name.as_str() {
        "on" => {
            let filter = arguments.next()?;
            is_method(filter)
                .then(|| handler(arguments.next()?))
                .flatten()
        }
        name if is_routing(name) => handler(arguments.next()?),
        _ => None,
    }
}

/// Returns the handler of `.post(create)` or `web::post().to(create)`.
pub(super) fn of_method(call: &ExprMethodCall) -> Option<Named> {
    let method = name(&call.method);
    let mut arguments = call.args.iter();
    match method.as_str() {
        "to" if is_behind_a_method(&call.receiver) => handler(arguments.next()?),
        "on" => {
            let filter = arguments.next()?;
            is_method(filter)
                .then(|| handler(arguments.next()?))
                .flatten()
        }
        name if is_routing(name) => handler(arguments.next()?),
        _ => None,
    }
}

/// Returns whether a function routes by its name: `post`, and `post_with` of aide.
fn is_routing(name: &str) -> bool {
    METHODS.contains(&name.strip_suffix("_with").unwrap_or(name))
}

fn handler(argument: &Expr) -> Option<Named> {
    match argument {
        Expr::Path(path) => Named::of(&path.path),
        // `post(create.layer(…))`
        Expr::MethodCall(call) => handler(&call.receiver),
        _ => None,
    }
}

/// Returns whether a chain of calls begins at `web::post()`, or has `.method(Method::POST)`.
fn is_behind_a_method(receiver: &Expr) -> bool {
    match receiver {
        Expr::Call(call) => match &*call.func {
            Expr::Path(function) => Named::of(&function.path).is_some_and(|function| {
                METHODS.contains(&function.name.as_str()) || call.args.iter().any(is_method)
            }),
            _ => false,
        },
        Expr::MethodCall(call) => {
            call.args.iter().any(is_method) || is_behind_a_method(&call.receiver)
        }
        _ => false,
    }
}

/// Returns whether an expression is a constant such as `Method::POST`.
fn is_method(expression: &Expr) -> bool {
    match expression {
        Expr::Path(path) => Named::of(&path.path).is_some_and(|named| {
            METHODS.contains(&named.name.to_ascii_lowercase().as_str()) && named.qualifier.is_some()
        }),
        _ => false,
    }
}
