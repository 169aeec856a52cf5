//! What an error of SQLite means to the writer.

use crate::store::error::{Class, StoreError};

pub(super) fn failed(error: &sqlx::Error) -> StoreError {
    StoreError::new(class_of(error), error.to_string())
}

fn class_of(error: &sqlx::Error) -> Class {
    match error {
        sqlx::Error::Database(error) => error
            .code()
            .and_then(|code| code.parse().ok())
            .map_or(Class::Other, |code| class_of_code(code, error.message())),
        sqlx::Error::Configuration(_) => Class::Configuration,
        sqlx::Error::Encode(_) => Class::Poison,
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => {
            Class::UnknownOutcome
        }
        // All of a reader's connections are at work.
        sqlx::Error::PoolTimedOut => Class::Unavailable,
        _ => Class::Other,
    }
}

/// By the primary code, the low byte of the extended one.
fn class_of_code(extended: u32, message: &str) -> Class {
    match extended & 0xff {
        // BUSY, LOCKED, SCHEMA: another process is at it.
        5 | 6 | 17 => Class::Transient,
        // IOERR, READONLY, CORRUPT, FULL, NOTADB.
        10 | 8 | 11 | 13 | 26 => Class::DiskFull,
        // CANTOPEN: the folder is missing, or not ours.
        14 => Class::Configuration,
        // TOOBIG.
        18 => Class::TooBig,
        // CONSTRAINT, MISMATCH.
        19 | 20 => Class::Poison,
        // ERROR has no finer code for a schema that does not fit.
        1 if message.contains("no such table")
            || message.contains("has no column")
            || message.contains("no such column") =>
        {
            Class::Configuration
        }
        _ => Class::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_the_class_that_the_table_of_delivery_gives_it() {
        let table: [(Class, &[u32]); 4] = [
            (Class::Transient, &[5, 6, 261, 517, 262, 17]),
            (Class::DiskFull, &[8, 10, 11, 13, 26, 778, 1032, 267]),
            (Class::Poison, &[19, 275, 1299, 3091, 20]),
            (Class::TooBig, &[18]),
        ];
        for (class, codes) in table {
            for &code in codes {
                assert_eq!(class_of_code(code, ""), class, "{code}");
            }
        }
        assert_eq!(
            class_of_code(1, "no such table: operational_activity"),
            Class::Configuration
        );
        assert_eq!(class_of_code(14, ""), Class::Configuration);
        assert_eq!(class_of_code(1, "near \"x\": syntax error"), Class::Other);
    }
}
