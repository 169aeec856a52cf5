//! Migrations of SQLite.

use std::time::Instant;

use behavior_trace_migrations::{Migration, SQLITE};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, query, query_as, query_scalar, raw_sql};

use super::error::{Kind, MigrationError};
use super::plan::{self, APPLIED, Applied, FORGET, LINES, Line, applied};
use super::{MigrationState, MigrationStatus, stranger};
use crate::store::sql::COLUMN_NAMES;
use crate::store::sqlite::Options;

/// Remedy for a table that is in the way.
const RENAME: &str = "rename it (`ALTER TABLE operational_activity RENAME TO operational_activity_before`) and run the \
     migrations";

/// Table of applied migrations as sqlx creates it.
const MAKE_APPLIED: &str = concat!(
    "CREATE TABLE IF NOT EXISTS ",
    applied!(),
    " (version BIGINT PRIMARY KEY, description TEXT NOT NULL, \
     installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL, \
     execution_time BIGINT NOT NULL)"
);

/// Runs under one write lock from reading the records to the end. Another migrator waits for it, and a failure leaves no
/// change.
pub(super) async fn run(options: &Options) -> Result<Vec<MigrationStatus>, MigrationError> {
    let mut connection = options.open().await?;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let due = plan::due(SQLITE, &applied(&mut transaction).await?)?;
    if let Some(stranger) = found_stranger(&mut transaction).await? {
        return Err(Kind::Refused(format!("{stranger}; {RENAME}")).into());
    }
    if !due.is_empty() {
        transaction.execute(raw_sql(MAKE_APPLIED)).await?;
    }
    let mut done = Vec::with_capacity(due.len());
    for migration in due {
        apply(&mut transaction, migration).await?;
        done.push(plan::done(migration));
    }
    transaction.commit().await?;
    connection.close().await?;
    Ok(done)
}

async fn apply(
    connection: &mut SqliteConnection,
    migration: &Migration,
) -> Result<(), MigrationError> {
    let begun = Instant::now();
    let made = connection.execute(raw_sql(migration.sql)).await;
    made.map_err(|error| Kind::Failed(migration.version, error.to_string()))?;
    for text in plan::write_down(migration, begun.elapsed()) {
        connection.execute(raw_sql(AssertSqlSafe(text))).await?;
    }
    Ok(())
}

pub(super) async fn status(options: &Options) -> Result<Vec<MigrationStatus>, MigrationError> {
    if !is_there(options) {
        return Ok(plan::status(SQLITE, &[]));
    }
    let mut connection = options.open().await?;
    let mut status = plan::status(SQLITE, &applied(&mut connection).await?);
    if found_stranger(&mut connection).await?.is_some()
        && let Some(creates) = status.first_mut()
    {
        creates.state = MigrationState::Refused;
    }
    connection.close().await?;
    Ok(status)
}

/// Describes a table of another under the recorder's name.
async fn found_stranger(
    connection: &mut SqliteConnection,
) -> Result<Option<String>, MigrationError> {
    const FOUND: &str = "SELECT name FROM pragma_table_info('operational_activity') ORDER BY cid";
    let found: Vec<String> = query_scalar(FOUND).fetch_all(connection).await?;
    if found.is_empty() {
        return Ok(None);
    }
    let names: Vec<_> = found.iter().map(String::as_str).collect();
    Ok(stranger::describe(&names, COLUMN_NAMES.split(", ")))
}

pub(super) async fn repair(options: &Options) -> Result<u64, MigrationError> {
    if !is_there(options) {
        return Ok(0);
    }
    let mut connection = options.open().await?;
    let repaired = if has_table(&mut connection).await? {
        let forgotten = query(FORGET).execute(&mut connection).await?;
        forgotten.rows_affected()
    } else {
        0
    };
    connection.close().await?;
    Ok(repaired)
}

/// Returns whether the file exists. Connecting would create it, and only [`run`] may do that.
fn is_there(options: &Options) -> bool {
    options.connect.get_filename().exists()
}

async fn applied(connection: &mut SqliteConnection) -> Result<Vec<Applied>, MigrationError> {
    if !has_table(connection).await? {
        return Ok(Vec::new());
    }
    let lines: Vec<Line> = query_as(LINES).fetch_all(connection).await?;
    Ok(lines.into_iter().map(Applied::from).collect())
}

async fn has_table(connection: &mut SqliteConnection) -> Result<bool, MigrationError> {
    const FOUND: &str = "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = ?";
    let found: i64 = query_scalar(FOUND)
        .bind(APPLIED)
        .fetch_one(connection)
        .await?;
    Ok(found == 1)
}

#[cfg(test)]
mod tests {
    use crate::migrate::{MigrationState, Migrations};

    #[tokio::test]
    async fn looking_at_what_is_pending_makes_no_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("activity.db");
        let url = format!("sqlite:{}", file.display());
        let migrations = Migrations::new(&url.parse().expect("a good URL"));
        let status = migrations.status().await.expect("an answer");
        assert!(
            status
                .iter()
                .all(|one| one.state == MigrationState::Pending)
        );
        assert_eq!(migrations.repair().await.expect("an answer"), 0);
        assert!(!file.exists());
        assert_eq!(
            migrations.run().await.expect("migrated").len(),
            status.len()
        );
        assert!(file.exists());
    }
}
