//! Classification of SQLite errors for the writer.

use crate::store::{ErrorClass, StoreError};

pub(crate) fn failed(error: &sqlx::Error) -> StoreError {
    let message = match error {
        sqlx::Error::Database(cause) if lacks_schema(cause.message()) => {
            format!("{error}; {MIGRATE}")
        }
        _ => error.to_string(),
    };
    StoreError::new(class_of(error), message)
}

/// Returns whether a message is of a missing table or column. SQLite has no code of its own for them.
fn lacks_schema(message: &str) -> bool {
    ["no such table", "has no column", "no such column"]
        .iter()
        .any(|part| message.contains(part))
}

/// Returns whether the file cannot be opened: CANTOPEN, by its primary code.
pub(super) fn is_cannot_open(error: &sqlx::Error) -> bool {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    code.and_then(|code| code.parse().ok())
        .is_some_and(|code: u32| code & 0xff == 14)
}

pub(super) fn class_of(error: &sqlx::Error) -> ErrorClass {
    match error {
        sqlx::Error::Database(error) => error
            .code()
            .and_then(|code| code.parse().ok())
            .map_or(ErrorClass::Other, |code| {
                class_of_code(code, error.message())
            }),
        sqlx::Error::Configuration(_) => ErrorClass::Configuration,
        sqlx::Error::Encode(_) => ErrorClass::Value,
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
            ErrorClass::UnknownOutcome
        }
        // All of a reader's connections are in use.
        sqlx::Error::PoolTimedOut => ErrorClass::Unavailable,
        _ => ErrorClass::Other,
    }
}

/// Code of a refusal by a trigger of the application.
const TRIGGER: u32 = 1811;
/// Remedy for a table that is missing or of an older release.
const MIGRATE: &str = "run the migrations: `behavior-trace migrate run`, `.migrate(true)` on the builder, or `behavior_trace::schema::Migrations`";

/// Codes of a violated unique key other than the one that the statement names: by index, by primary key, by row id.
const UNIQUE: [u32; 3] = [2067, 1555, 2579];

/// Classifies by the primary code, the low byte of the extended one. The extended code decides where only it distinguishes
/// two causes.
fn class_of_code(extended: u32, message: &str) -> ErrorClass {
    match extended & 0xff {
        // BUSY, LOCKED, INTERRUPT, PROTOCOL, SCHEMA: another process uses the file.
        5 | 6 | 9 | 15 | 17 => ErrorClass::Transient,
        // NOMEM, READONLY, IOERR, CORRUPT, FULL, NOTADB.
        7 | 8 | 10 | 11 | 13 | 26 => ErrorClass::DiskFull,
        // PERM, CANTOPEN, AUTH: the folder is missing or belongs to another user.
        3 | 14 | 23 => ErrorClass::Configuration,
        // TOOBIG.
        18 => ErrorClass::TooBig,
        19 if extended == TRIGGER => ErrorClass::Rule,
        19 if UNIQUE.contains(&extended) => ErrorClass::Configuration,
        // CONSTRAINT, MISMATCH.
        19 | 20 => ErrorClass::Value,
        // ERROR has no finer code for a schema that does not match.
        1 if lacks_schema(message) => ErrorClass::Configuration,
        _ => ErrorClass::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_the_class_that_the_table_of_delivery_gives_it() {
        let table: [(ErrorClass, &[u32]); 6] = [
            (ErrorClass::Transient, &[5, 6, 9, 15, 261, 517, 262, 17]),
            (
                ErrorClass::DiskFull,
                &[7, 8, 10, 11, 13, 26, 778, 1032, 267],
            ),
            (ErrorClass::Configuration, &[3, 14, 23, 1555, 2067, 2579]),
            (ErrorClass::Value, &[19, 275, 1299, 3091, 20]),
            (ErrorClass::Rule, &[1811]),
            (ErrorClass::TooBig, &[18]),
        ];
        for (class, codes) in table {
            for &code in codes {
                assert_eq!(class_of_code(code, ""), class, "{code}");
            }
        }
        assert_eq!(
            class_of_code(1, "no such table: operational_activity"),
            ErrorClass::Configuration
        );
        assert_eq!(
            class_of_code(1, "near \"x\": syntax error"),
            ErrorClass::Other
        );
    }
}
