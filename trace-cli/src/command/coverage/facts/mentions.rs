//! Names in a body that hint at a store.

use syn::{Expr, UnOp};

use super::name;

/// Parts of the name of a variable or field that leads to a store.
const STORES: [&str; 17] = [
    "conn",
    "connection",
    "database",
    "db",
    "exec",
    "executor",
    "orm",
    "pg",
    "pool",
    "repo",
    "repository",
    "sql",
    "store",
    "transaction",
    "trx",
    "tx",
    "txn",
];

/// Parts of the name of a receiver whose `insert` or `delete` reaches no store.
const ELSEWHERE: [&str; 14] = [
    "cache",
    "caches",
    "channel",
    "client",
    "counts",
    "headers",
    "http",
    "index",
    "map",
    "queue",
    "seen",
    "sender",
    "set",
    "tx_channel",
];

/// Returns whether a name hints at a store.
pub(super) fn is_of_store(name: &str) -> bool {
    has_part(name, &STORES)
}

/// Returns whether an expression is named like a connection: `tx`, `&mut *transaction`, `&self.pool`, `db.get_ref()`.
pub(super) fn is_connection(expression: &Expr) -> bool {
    last_name(expression).is_some_and(|name| is_of_store(&name))
}

/// Returns whether an expression is named like a cache or a client of another service.
pub(super) fn is_elsewhere(expression: &Expr) -> bool {
    last_name(expression).is_some_and(|name| has_part(&name, &ELSEWHERE))
}

fn has_part(name: &str, parts: &[&str]) -> bool {
    name.split('_').any(|part| parts.contains(&part))
}

/// Returns the name that an expression ends in, without the calls behind it.
pub(super) fn last_name(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Reference(reference) => last_name(&reference.expr),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Deref(_)) => last_name(&unary.expr),
        Expr::Paren(inner) => last_name(&inner.expr),
        Expr::Try(inner) => last_name(&inner.expr),
        Expr::Await(inner) => last_name(&inner.base),
        Expr::MethodCall(call) => last_name(&call.receiver),
        Expr::Field(field) => match &field.member {
            syn::Member::Named(member) => Some(name(member)),
            syn::Member::Unnamed(_) => last_name(&field.base),
        },
        Expr::Path(path) => path.path.segments.last().map(|last| name(&last.ident)),
        _ => None,
    }
}
