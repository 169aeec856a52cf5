//! SQLite.

use behavior_trace_migrations::SQLITE;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _, query, query_as, query_scalar};

use super::MigrationStatus;
use super::error::MigrateError;
use super::plan::{self, APPLIED, Applied, Line};
use crate::store::sqlite::Options;

/// Under one write lock from the first look to the end: another migrator waits for it, and a failure leaves nothing.
pub(super) async fn run(options: &Options) -> Result<Vec<MigrationStatus>, MigrateError> {
    let mut connection = options.open().await?;
    let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
    let before = plan::status(SQLITE, &applied(&mut transaction).await?);
    plan::run(SQLITE, &mut *transaction).await?;
    transaction.commit().await?;
    connection.close().await?;
    Ok(plan::pending(before))
}

pub(super) async fn status(options: &Options) -> Result<Vec<MigrationStatus>, MigrateError> {
    let mut connection = options.open().await?;
    let status = plan::status(SQLITE, &applied(&mut connection).await?);
    connection.close().await?;
    Ok(status)
}

pub(super) async fn repair(options: &Options) -> Result<u64, MigrateError> {
    let mut connection = options.open().await?;
    let repaired = if has_table(&mut connection).await? {
        let text = format!("DELETE FROM {APPLIED} WHERE success = FALSE");
        query(AssertSqlSafe(text))
            .execute(&mut connection)
            .await?
            .rows_affected()
    } else {
        0
    };
    connection.close().await?;
    Ok(repaired)
}

async fn applied(connection: &mut SqliteConnection) -> Result<Vec<Applied>, MigrateError> {
    if !has_table(connection).await? {
        return Ok(Vec::new());
    }
    let text =
        format!("SELECT version, description, success, checksum FROM {APPLIED} ORDER BY version");
    let lines: Vec<Line> = query_as(AssertSqlSafe(text)).fetch_all(connection).await?;
    Ok(lines.into_iter().map(Applied::from).collect())
}

async fn has_table(connection: &mut SqliteConnection) -> Result<bool, MigrateError> {
    const FOUND: &str = "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = ?";
    let found: i64 = query_scalar(FOUND)
        .bind(APPLIED)
        .fetch_one(connection)
        .await?;
    Ok(found == 1)
}
