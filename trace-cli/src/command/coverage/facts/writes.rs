//! Calls that write by an ORM, a driver or a file.

use syn::ExprMethodCall;

use super::imports::Imports;
use super::{Named, mentions, name};

/// Methods that write where they are awaited, or get a connection.
const WRITES: [&str; 5] = ["delete", "insert", "save", "update", "upsert"];
/// Methods and functions of ORMs and drivers that write in any case.
const CERTAIN_WRITES: [&str; 20] = [
    "bulk_write",
    "delete_by_id",
    "delete_many",
    "delete_one",
    "find_one_and_delete",
    "find_one_and_replace",
    "find_one_and_update",
    "insert_into",
    "insert_many",
    "insert_one",
    "insert_or_ignore_into",
    "insert_or_update",
    "replace_into",
    "replace_one",
    "save_changes",
    "update_by_id",
    "update_many",
    "update_one",
    "upsert_many",
    "upsert_one",
];
/// Functions that write when they are diesel's.
const DIESEL: [&str; 3] = ["update", "delete", "insert_into"];
/// Types whose functions `insert`, `update` and `delete` are an ORM's.
const ENTITIES: [&str; 3] = ["Entity", "ActiveModel", "diesel"];
/// Functions of `fs` that write.
const FILES: [&str; 6] = [
    "write",
    "rename",
    "remove_file",
    "remove_dir_all",
    "copy",
    "hard_link",
];

/// Kind of a write by a method call.
pub(super) enum MethodWrite {
    No,
    /// It is `.execute(…)` on a connection, which depends on the SQL.
    Executes,
    Writes(String),
    /// It writes if its receiver is an `ActiveModel`.
    OfAModel(String),
}

pub(super) fn of_method(call: &ExprMethodCall, is_awaited: bool) -> MethodWrite {
    let method = name(&call.method);
    let has_connection = call.args.iter().any(mentions::is_connection);
    let shown = format!(".{method}(…)");
    if method == "execute" && has_connection {
        return MethodWrite::Executes;
    }
    if CERTAIN_WRITES.contains(&method.as_str()) {
        return MethodWrite::Writes(shown);
    }
    // A model and a connection; `insert` of a map has two arguments too.
    let most = 1 + usize::from(has_connection);
    if !WRITES.contains(&method.as_str()) || call.args.len() > most {
        return MethodWrite::No;
    }
    if has_connection || is_awaited && !mentions::is_elsewhere(&call.receiver) {
        return MethodWrite::Writes(shown);
    }
    MethodWrite::OfAModel(shown)
}

/// Returns the call, if the function writes by an ORM.
pub(super) fn of_function(function: &Named, arguments: usize, imports: &Imports) -> Option<String> {
    let qualifier = function.qualifier.as_deref();
    let called = function.name.as_str();
    let is_of_entity =
        qualifier.is_some_and(|of| ENTITIES.contains(&of)) && WRITES.contains(&called);
    let is_diesel =
        qualifier.is_none() && DIESEL.contains(&called) && imports.is_from(called, "diesel");
    let is_certain = CERTAIN_WRITES.contains(&called) && (arguments > 0 || qualifier.is_some());
    (is_of_entity || is_diesel || is_certain).then(|| format!("{called}(…)"))
}

/// Returns the call, if the function writes a file.
pub(super) fn of_file(function: &Named) -> Option<String> {
    let qualifier = function.qualifier.as_deref()?;
    let called = function.name.as_str();
    let is_file =
        qualifier == "fs" && FILES.contains(&called) || qualifier == "File" && called == "create";
    is_file.then(|| format!("{qualifier}::{called}(…)"))
}
