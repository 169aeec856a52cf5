//! COMMIT, and its outcome if it fails.

use behavior_trace_core::UnitOfWork;
use sqlx::Database;

/// Commits, and ends the unit of work according to the database's answer.
pub(super) async fn commit<DB: Database>(
    transaction: sqlx::Transaction<'_, DB>,
    unit: UnitOfWork,
) -> Result<(), sqlx::Error> {
    let asked = Asked(Some(unit));
    let result = transaction.commit().await;
    match &result {
        Ok(()) => asked.answered(UnitOfWork::commit),
        Err(error) if says_not_committed(error) => asked.answered(UnitOfWork::rollback),
        Err(_) => drop(asked),
    }
    result
}

/// A COMMIT without an answer so far. If it is dropped unanswered, by a cancelled future too, the outcome is unknown.
struct Asked(Option<UnitOfWork>);

impl Asked {
    fn answered(mut self, end: impl FnOnce(UnitOfWork)) {
        if let Some(unit) = self.0.take() {
            end(unit);
        }
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if let Some(unit) = self.0.take() {
            unit.commit_unknown();
        }
    }
}

/// Returns whether the database itself answered that nothing was committed.
fn says_not_committed(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else {
        return false;
    };
    #[cfg(feature = "mysql")]
    if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return !is_cut_short(error.number());
    }
    #[cfg(feature = "sqlite")]
    if let Some(error) = error.try_downcast_ref::<sqlx::sqlite::SqliteError>() {
        return !is_io_error(sqlx::error::DatabaseError::code(error).as_deref());
    }
    true
}

/// Returns whether the answer of MySQL or MariaDB comes from an interrupted commit: server not ready (Galera), shutting
/// down, an error during the commit itself, statement interrupted, connection killed.
#[cfg(feature = "mysql")]
const fn is_cut_short(number: u16) -> bool {
    matches!(number, 1047 | 1053 | 1180 | 1317 | 1927)
}

/// Returns whether SQLite failed at the write that commits: `SQLITE_IOERR` and its extended codes.
#[cfg(feature = "sqlite")]
fn is_io_error(code: Option<&str>) -> bool {
    code.and_then(|code| code.parse::<u32>().ok())
        .is_some_and(|code| code & 0xff == 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_connection_does_not_say_that_nothing_was_committed() {
        let broken = sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into());
        assert!(!says_not_committed(&broken));
        assert!(!says_not_committed(&sqlx::Error::WorkerCrashed));
    }

    #[cfg(feature = "mysql")]
    #[test]
    fn a_deadlock_at_commit_is_an_answer_and_a_shutdown_is_none() {
        assert!(!is_cut_short(1213));
        assert!(is_cut_short(1053));
    }

    #[cfg(feature = "sqlite")]
    #[test]
    fn a_busy_file_is_an_answer_and_a_failing_disk_is_none() {
        assert!(!is_io_error(Some("5")));
        assert!(is_io_error(Some("778")));
    }
}
