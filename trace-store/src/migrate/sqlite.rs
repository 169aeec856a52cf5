//! Migrations of SQLite.

use std::time::Instant;

use behavior_trace_migrations::{Migration, SQLITE};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, query, query_as, query_scalar, raw_sql};

use super::error::{Kind, MigrationError};
use super::plan::{self, APPLIED, Applied, FORGET, LINES, Line, applied};
use super::{MigrationPreview, MigrationState, MigrationStatus, Takeover, stranger};
use crate::store::sql::COLUMN_NAMES;
use crate::store::sqlite::{self, Options};

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
    let mut connection = options.open().await.map_err(failed)?;
    let begun = connection.begin_with("BEGIN IMMEDIATE").await;
    let mut transaction = begun.map_err(failed)?;
    let due = due(&mut transaction).await?;
    if !due.is_empty() {
        let made = transaction.execute(raw_sql(MAKE_APPLIED)).await;
        made.map_err(failed)?;
    }
    let mut done = Vec::with_capacity(due.len());
    for migration in due {
        let applied = apply(&mut transaction, migration).await;
        applied.map_err(|error| Kind::Failed(migration.into(), sqlite::failed(&error)))?;
        done.push(plan::done(migration));
    }
    transaction.commit().await.map_err(failed)?;
    connection.close().await.map_err(failed)?;
    Ok(done)
}

/// Returns the migrations that a run applies. Fails if one was changed, or if a table of another is in the way.
async fn due(connection: &mut SqliteConnection) -> Result<Vec<&'static Migration>, MigrationError> {
    let due = plan::due(SQLITE, &applied(connection).await.map_err(failed)?)?;
    match found_stranger(connection).await.map_err(failed)? {
        Some(stranger) => Err(Kind::Refused(format!("{stranger}; {RENAME}")).into()),
        None => Ok(due),
    }
}

async fn apply(
    connection: &mut SqliteConnection,
    migration: &Migration,
) -> Result<(), sqlx::Error> {
    let begun = Instant::now();
    connection.execute(raw_sql(migration.sql)).await?;
    for text in plan::write_down(migration, begun.elapsed()) {
        connection.execute(raw_sql(AssertSqlSafe(text))).await?;
    }
    Ok(())
}

/// Fails as a run does before its first change.
pub(super) async fn preview(options: &Options) -> Result<MigrationPreview, MigrationError> {
    let mut made = Some(MAKE_APPLIED);
    let mut pending = plan::status(SQLITE, &[]);
    let mut due_now: Vec<_> = SQLITE.iter().collect();
    if is_there(options)? {
        let mut connection = options.open_as_found().await.map_err(failed)?;
        due_now = due(&mut connection).await?;
        pending = plan::status(SQLITE, &applied(&mut connection).await.map_err(failed)?);
        pending.retain(|status| due_now.iter().any(|due| due.version == status.version));
        if due_now.is_empty() || has_table(&mut connection).await.map_err(failed)? {
            made = None;
        }
        connection.close().await.map_err(failed)?;
    }
    Ok(MigrationPreview {
        database: None,
        pending,
        statements: plan::statements(made, due_now),
        takeover: Takeover::default(),
    })
}

pub(super) async fn status(options: &Options) -> Result<Vec<MigrationStatus>, MigrationError> {
    if !is_there(options)? {
        return Ok(plan::status(SQLITE, &[]));
    }
    let mut connection = options.open_as_found().await.map_err(failed)?;
    let applied = applied(&mut connection).await.map_err(failed)?;
    let mut status = plan::status(SQLITE, &applied);
    let stranger = found_stranger(&mut connection).await.map_err(failed)?;
    if stranger.is_some()
        && let Some(creates) = status.first_mut()
    {
        creates.state = MigrationState::Refused;
    }
    connection.close().await.map_err(failed)?;
    Ok(status)
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` passes the value")]
fn failed(error: sqlx::Error) -> MigrationError {
    sqlite::failed(&error).into()
}

/// Describes a table of another under the recorder's name.
async fn found_stranger(connection: &mut SqliteConnection) -> Result<Option<String>, sqlx::Error> {
    const FOUND: &str = "SELECT name FROM pragma_table_info('operational_activity') ORDER BY cid";
    let found: Vec<String> = query_scalar(FOUND).fetch_all(connection).await?;
    if found.is_empty() {
        return Ok(None);
    }
    let names: Vec<_> = found.iter().map(String::as_str).collect();
    Ok(stranger::describe(&names, COLUMN_NAMES.split(", ")))
}

pub(super) async fn repair(options: &Options) -> Result<u64, MigrationError> {
    if !is_there(options)? {
        return Ok(0);
    }
    let mut connection = options.open_existing().await.map_err(failed)?;
    let repaired = forget(&mut connection).await.map_err(failed)?;
    connection.close().await.map_err(failed)?;
    Ok(repaired)
}

async fn forget(connection: &mut SqliteConnection) -> Result<u64, sqlx::Error> {
    if !has_table(connection).await? {
        return Ok(0);
    }
    let forgotten = query(FORGET).execute(connection).await?;
    Ok(forgotten.rows_affected())
}

/// Returns whether the file exists. Connecting would create it, and only [`run`] may do that.
fn is_there(options: &Options) -> Result<bool, MigrationError> {
    let found = options.connect.get_filename().try_exists();
    found.map_err(|error| failed(sqlx::Error::Io(error)))
}

async fn applied(connection: &mut SqliteConnection) -> Result<Vec<Applied>, sqlx::Error> {
    if !has_table(connection).await? {
        return Ok(Vec::new());
    }
    let lines: Vec<Line> = query_as(LINES).fetch_all(connection).await?;
    Ok(lines.into_iter().map(Applied::from).collect())
}

async fn has_table(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
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
        let preview = migrations.preview().await.expect("an answer");
        assert_eq!(preview.pending, status);
        assert!(!file.exists());
        assert_eq!(
            migrations.run().await.expect("migrated").len(),
            status.len()
        );
        assert!(file.exists());
    }
}
