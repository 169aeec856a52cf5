//! MySQL and MariaDB.

use behavior_trace_migrations::MYSQL;
use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, Connection as _, query, query_as, query_scalar};

use super::MigrationStatus;
use super::error::{Kind, MigrateError};
use super::plan::{self, APPLIED, Applied, Line};
use crate::store::mysql::Options;
use crate::store::{LONGEST_CONNECT, Purpose, within};

/// Locks are named for the whole server and have 64 characters at most, as a database's name alone may have.
const LOCK: &str =
    "SELECT GET_LOCK(CONCAT('behavior_trace_migrations:', LEFT(SHA2(DATABASE(), 256), 32)), 30)";

pub(super) async fn run(options: &Options) -> Result<Vec<MigrationStatus>, MigrateError> {
    let mut connection = connect(options).await?;
    let done = run_locked(&mut connection).await;
    // The lock goes with its connection, whatever happened.
    let closed = connection.close().await;
    let applied = done?;
    closed?;
    Ok(applied)
}

/// Connects; what the server does later has no limit: nobody knows how long a table takes.
async fn connect(options: &Options) -> Result<MySqlConnection, MigrateError> {
    within(LONGEST_CONNECT, async {
        Ok(options.session(Purpose::Keeper).await?)
    })
    .await
}

async fn run_locked(
    connection: &mut MySqlConnection,
) -> Result<Vec<MigrationStatus>, MigrateError> {
    lock(connection).await?;
    let before = plan::status(MYSQL, &applied(connection).await?);
    plan::run(MYSQL, &mut *connection).await?;
    Ok(plan::pending(before))
}

/// 0 is a timeout and NULL an error that the server keeps to itself; only 1 is the lock.
async fn lock(connection: &mut MySqlConnection) -> Result<(), MigrateError> {
    let locked: Option<i64> = query_scalar(LOCK).fetch_one(connection).await?;
    match locked {
        Some(1) => Ok(()),
        Some(_) => Err(Kind::Locked.into()),
        None => Err(Kind::Database("the server gave no answer to GET_LOCK".to_owned()).into()),
    }
}

pub(super) async fn status(options: &Options) -> Result<Vec<MigrationStatus>, MigrateError> {
    let mut connection = connect(options).await?;
    let status = plan::status(MYSQL, &applied(&mut connection).await?);
    connection.close().await?;
    Ok(status)
}

pub(super) async fn repair(options: &Options) -> Result<u64, MigrateError> {
    let mut connection = connect(options).await?;
    let done = repair_locked(&mut connection).await;
    let closed = connection.close().await;
    let repaired = done?;
    closed?;
    Ok(repaired)
}

async fn repair_locked(connection: &mut MySqlConnection) -> Result<u64, MigrateError> {
    lock(connection).await?;
    if !has_table(connection).await? {
        return Ok(0);
    }
    let done = query(AssertSqlSafe(format!(
        "DELETE FROM {APPLIED} WHERE success = FALSE"
    )))
    .execute(connection)
    .await?;
    Ok(done.rows_affected())
}

async fn applied(connection: &mut MySqlConnection) -> Result<Vec<Applied>, MigrateError> {
    if !has_table(connection).await? {
        return Ok(Vec::new());
    }
    let text =
        format!("SELECT version, description, success, checksum FROM {APPLIED} ORDER BY version");
    let lines: Vec<Line> = query_as(AssertSqlSafe(text)).fetch_all(connection).await?;
    Ok(lines.into_iter().map(Applied::from).collect())
}

async fn has_table(connection: &mut MySqlConnection) -> Result<bool, MigrateError> {
    const FOUND: &str = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?";
    let found: i64 = query_scalar(FOUND)
        .bind(APPLIED)
        .fetch_one(connection)
        .await?;
    Ok(found == 1)
}
