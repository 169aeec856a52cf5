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
    if !is_there(options) {
        return Ok(plan::status(SQLITE, &[]));
    }
    let mut connection = options.open().await?;
    let status = plan::status(SQLITE, &applied(&mut connection).await?);
    connection.close().await?;
    Ok(status)
}

pub(super) async fn repair(options: &Options) -> Result<u64, MigrateError> {
    if !is_there(options) {
        return Ok(0);
    }
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

/// To connect would make the file: only [`run`] does.
fn is_there(options: &Options) -> bool {
    options.connect.get_filename().exists()
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
