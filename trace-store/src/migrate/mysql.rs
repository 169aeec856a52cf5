//! Migrations of MySQL and MariaDB.

use std::time::Instant;

use behavior_trace_migrations::{MYSQL, Migration};
use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, query, query_as, query_scalar, raw_sql};

use super::error::{Kind, MigrationError};
use super::plan::{self, APPLIED, Applied, FORGET, LINES, Line, applied};
use super::{MigrationStatus, Takeover, table};
use crate::store::mysql::Options;
use crate::store::{LONGEST_CONNECT, Purpose, within};

/// Statement for the named lock. Lock names apply to the whole server and have at most 64 characters, as many as a database
/// name alone may have.
const LOCK: &str =
    "SELECT GET_LOCK(CONCAT('behavior_trace_migrations:', LEFT(SHA2(DATABASE(), 256), 32)), 30)";

/// Version of the migration that creates the table.
const CREATES: i64 = 1;

/// Table of applied migrations as sqlx creates it, with every server default spelled out.
const MAKE_APPLIED: &str = concat!(
    "CREATE TABLE IF NOT EXISTS ",
    applied!(),
    " (version BIGINT NOT NULL PRIMARY KEY, description TEXT NOT NULL, \
     installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum BLOB NOT NULL, \
     execution_time BIGINT NOT NULL) \
     ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin ROW_FORMAT=DYNAMIC"
);

/// Connects, runs a task and closes the connection, whose end releases the lock in any case.
macro_rules! connected {
    ($options:expr, $task:expr) => {{
        let mut connection = connect($options).await?;
        let done = $task(&mut connection).await;
        let closed = connection.close().await;
        let done = done?;
        closed?;
        Ok(done)
    }};
}

pub(super) async fn run(options: &Options) -> Result<Vec<MigrationStatus>, MigrationError> {
    connected!(options, run_locked)
}

/// Connects. Later statements have no time limit, because the size of the table is unknown.
async fn connect(options: &Options) -> Result<MySqlConnection, MigrationError> {
    within(LONGEST_CONNECT, async {
        Ok(options.session(Purpose::Maintainer).await?)
    })
    .await
}

async fn run_locked(
    connection: &mut MySqlConnection,
) -> Result<Vec<MigrationStatus>, MigrationError> {
    lock(connection).await?;
    let due = plan::due(MYSQL, &applied(connection).await?)?;
    let looked = table::look(connection).await?;
    let rest = looked.plan()?;
    let has_added_key = table::add_key(connection, &looked).await?;
    if !due.is_empty() && !has_table(connection).await? {
        connection.execute(raw_sql(MAKE_APPLIED)).await?;
    }
    let mut done = Vec::with_capacity(due.len());
    if has_added_key && due.iter().all(|migration| migration.version != CREATES) {
        done.extend(MYSQL.first().map(plan::done));
    }
    for migration in due {
        apply(connection, migration).await?;
        done.push(plan::done(migration));
    }
    for status in done.iter_mut().filter(|status| status.version == CREATES) {
        status.state = rest.state(status.state);
    }
    Ok(done)
}

/// Applies one migration and then records it. A table change commits itself, so an interrupted run repeats it.
async fn apply(
    connection: &mut MySqlConnection,
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

/// Takes the lock. The server returns 1 for success, 0 for a timeout and NULL for an error without details.
async fn lock(connection: &mut MySqlConnection) -> Result<(), MigrationError> {
    let locked: Option<i64> = query_scalar(LOCK).fetch_one(connection).await?;
    match locked {
        Some(1) => Ok(()),
        Some(_) => Err(Kind::Locked.into()),
        None => Err(Kind::Database("the server gave no answer to GET_LOCK".to_owned()).into()),
    }
}

pub(super) async fn status(options: &Options) -> Result<Vec<MigrationStatus>, MigrationError> {
    connected!(options, read_status)
}

async fn read_status(
    connection: &mut MySqlConnection,
) -> Result<Vec<MigrationStatus>, MigrationError> {
    let mut status = plan::status(MYSQL, &applied(connection).await?);
    let looked = table::look(connection).await?;
    for status in status.iter_mut().filter(|status| status.version == CREATES) {
        status.state = looked.state(status.state);
    }
    Ok(status)
}

pub(super) async fn takeover(options: &Options) -> Result<Takeover, MigrationError> {
    connected!(options, read_takeover)
}

async fn read_takeover(connection: &mut MySqlConnection) -> Result<Takeover, MigrationError> {
    let plan = table::look(connection).await?.plan()?;
    Ok(plan.told())
}

pub(super) async fn finish_takeover(options: &Options) -> Result<bool, MigrationError> {
    connected!(options, finish_locked)
}

async fn finish_locked(connection: &mut MySqlConnection) -> Result<bool, MigrationError> {
    lock(connection).await?;
    let looked = table::look(connection).await?;
    table::finish(connection, &looked).await
}

pub(super) async fn repair(options: &Options) -> Result<u64, MigrationError> {
    connected!(options, repair_locked)
}

async fn repair_locked(connection: &mut MySqlConnection) -> Result<u64, MigrationError> {
    lock(connection).await?;
    if !has_table(connection).await? {
        return Ok(0);
    }
    let forgotten = query(FORGET).execute(connection).await?;
    Ok(forgotten.rows_affected())
}

async fn applied(connection: &mut MySqlConnection) -> Result<Vec<Applied>, MigrationError> {
    if !has_table(connection).await? {
        return Ok(Vec::new());
    }
    let lines: Vec<Line> = query_as(LINES).fetch_all(connection).await?;
    Ok(lines.into_iter().map(Applied::from).collect())
}

async fn has_table(connection: &mut MySqlConnection) -> Result<bool, MigrationError> {
    const FOUND: &str = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?";
    let found: i64 = query_scalar(FOUND)
        .bind(APPLIED)
        .fetch_one(connection)
        .await?;
    Ok(found == 1)
}
