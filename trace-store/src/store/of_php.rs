//! Columns of a table taken over from PHP, as the recorder would have stored its rows.
//!
//! Such a table may hold NULL for an empty payload, and ids of actors beyond `i64`. The recorder stores `{}`, and puts such an
//! id into the payload. In a table of the recorder's own the expressions are the columns themselves.

/// Condition for an actor's id that is no `i64`. The argument is the table's name with a point, or nothing.
macro_rules! is_beyond {
    ($table:literal) => {
        concat!($table, "actor_id > 9223372036854775807")
    };
}

/// The payload, never NULL.
macro_rules! filled {
    ($table:literal) => {
        concat!("COALESCE(", $table, "payload, JSON_OBJECT())")
    };
}

/// The actor's id, NULL beyond `i64`.
macro_rules! actor_id {
    ($table:literal) => {
        concat!("IF(", is_beyond!($table), ", NULL, ", $table, "actor_id)")
    };
}

/// A payload with a member `actor_ref`.
macro_rules! with_actor_ref {
    ($table:literal) => {
        concat!(
            "JSON_SET(IF(JSON_TYPE(",
            filled!($table),
            ") = 'OBJECT' AND NOT JSON_CONTAINS_PATH(",
            filled!($table),
            ", 'one', '$.actor_ref'), ",
            filled!($table),
            ", JSON_OBJECT('value', JSON_EXTRACT(",
            filled!($table),
            ", '$'))), '$.actor_ref', CAST(",
            $table,
            "actor_id AS CHAR))"
        )
    };
}

/// The payload, with the id of an actor beyond `i64`. A payload that has no place for it goes under `value`. One that the
/// server's JSON functions could not take there, 32 levels deep on MariaDB and 100 on MySQL, goes there as a text.
macro_rules! payload {
    ($table:literal) => {
        concat!(
            "IF(",
            is_beyond!($table),
            ", IF(COALESCE(JSON_DEPTH(",
            filled!($table),
            "), 99) <= 30, ",
            with_actor_ref!($table),
            ", JSON_OBJECT('value', CAST(",
            filled!($table),
            " AS CHAR), 'actor_ref', CAST(",
            $table,
            "actor_id AS CHAR))), ",
            filled!($table),
            ")"
        )
    };
}

/// The actor's id as the recorder stores it.
pub(crate) const ACTOR_ID: &str = actor_id!("");
/// The payload as the recorder stores it.
pub(crate) const PAYLOAD: &str = payload!("");
/// Condition for a row that differs from what the recorder stores.
pub(crate) const DIFFERS: &str = concat!("(payload IS NULL OR ", is_beyond!(""), ")");

/// Returns a column as the recorder stores it, of the live table beside another one.
pub(crate) fn of_live_table(column: &str) -> String {
    match column {
        "actor_id" => actor_id!("operational_activity.").to_owned(),
        "payload" => payload!("operational_activity.").to_owned(),
        column => format!("operational_activity.{column}"),
    }
}
