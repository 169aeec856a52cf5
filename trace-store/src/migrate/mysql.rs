//! Migrations of MySQL and MariaDB.

use std::time::Instant;

use behavior_trace_migrations::{MYSQL, Migration};
use sqlx::mysql::MySqlConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, query, query_as, query_scalar, raw_sql};

use super::error::{Kind, MigrationError};
use super::plan::{self, APPLIED, Applied, FORGET, LINES, Line, applied};
use super::{MigrationPreview, MigrationStatus, MigrationStep, Takeover, table};
use crate::store::mysql::{Options, failed};
use crate::store::{ErrorClass, LONGEST_CONNECT, Purpose, StoreError, within};

/// Statement for the named lock. Lock names apply to the whole server and have at most 64 characters, as many as a database
/// name alone may have.
const LOCK: &str =
    "SELECT GET_LOCK(CONCAT('behavior_trace_migrations:', LEFT(SHA2(DATABASE(), 256), 32)), 30)";

/// Version of the migration that creates the table.
const CREATES: i64 = MigrationStep::CREATES_TABLE.version;

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
    ($options:expr, $purpose:expr, $task:expr) => {{
        let mut connection = connect($options, $purpose).await?;
        let done = $task(&mut connection).await;
        let closed = connection.close().await;
        let done = done?;
        closed.map_err(|error| failed(&error))?;
        Ok(done)
    }};
}

pub(super) async fn run(options: &Options) -> Result<Vec<MigrationStatus>, MigrationError> {
    connected!(options, Purpose::Maintainer, run_locked)
}

/// Connects. Later statements have no time limit, because the size of the table is unknown.
async fn connect(options: &Options, purpose: Purpose) -> Result<MySqlConnection, MigrationError> {
    within(LONGEST_CONNECT, async {
        Ok(options.session(purpose).await?)
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
        execute(connection, MAKE_APPLIED).await?;
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
    let mut made = execute(connection, migration.sql).await;
    for text in plan::write_down(migration, begun.elapsed()) {
        if made.is_ok() {
            made = execute(connection, &text).await;
        }
    }
    made.map_err(|error| Kind::Failed(migration.into(), error).into())
}

async fn execute(connection: &mut MySqlConnection, text: &str) -> Result<(), StoreError> {
    let done = connection.execute(raw_sql(AssertSqlSafe(text))).await;
    done.map(drop).map_err(|error| failed(&error))
}

/// Takes the lock. The server returns 1 for success, 0 for a timeout and NULL for an error without details.
async fn lock(connection: &mut MySqlConnection) -> Result<(), MigrationError> {
    let locked = query_scalar(LOCK).fetch_one(connection).await;
    match locked.map_err(|error| failed(&error))? {
        Some(1_i64) => Ok(()),
        Some(_) => Err(Kind::Locked.into()),
        None => {
            let unknown = "the server gave no answer to GET_LOCK; try again";
            Err(StoreError::new(ErrorClass::Transient, unknown).into())
        }
    }
}

pub(super) async fn status(options: &Options) -> Result<Vec<MigrationStatus>, MigrationError> {
    connected!(options, Purpose::Reader, read_status)
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

pub(super) async fn preview(options: &Options) -> Result<MigrationPreview, MigrationError> {
    match preview_of_database(options).await {
        Err(_) if options.lacks_database().await => Ok(MigrationPreview {
            database: Some(options.database_to_sql()),
            pending: plan::status(MYSQL, &[]),
            statements: plan::statements(Some(MAKE_APPLIED), MYSQL),
            takeover: Takeover::default(),
        }),
        preview => preview,
    }
}

async fn preview_of_database(options: &Options) -> Result<MigrationPreview, MigrationError> {
    connected!(options, Purpose::Maintainer, read_preview)
}

/// Fails as a run does before its first change.
async fn read_preview(
    connection: &mut MySqlConnection,
) -> Result<MigrationPreview, MigrationError> {
    let applied = applied(connection).await?;
    let due = plan::due(MYSQL, &applied)?;
    let looked = table::look(connection).await?;
    let rest = looked.plan()?;
    table::check_copies(connection, &looked).await?;
    let is_pending = |status: &MigrationStatus| {
        let is_due = due.iter().any(|due| due.version == status.version);
        is_due || (status.version == CREATES && rest.key().is_some())
    };
    let mut pending = plan::status(MYSQL, &applied);
    pending.retain(is_pending);
    for status in pending
        .iter_mut()
        .filter(|status| status.version == CREATES)
    {
        status.state = looked.state(status.state);
    }
    let makes_applied = !due.is_empty() && !has_table(connection).await?;
    let first = rest.key().into_iter();
    let first = first.chain(makes_applied.then_some(MAKE_APPLIED));
    Ok(MigrationPreview {
        database: None,
        pending,
        statements: plan::statements(first, due),
        takeover: rest.told_after_key(),
    })
}

pub(super) async fn takeover(options: &Options) -> Result<Takeover, MigrationError> {
    connected!(options, Purpose::Reader, read_takeover)
}

async fn read_takeover(connection: &mut MySqlConnection) -> Result<Takeover, MigrationError> {
    let plan = table::look(connection).await?.plan()?;
    Ok(plan.told())
}

pub(super) async fn finish_takeover(options: &Options) -> Result<bool, MigrationError> {
    connected!(options, Purpose::Maintainer, finish_locked)
}

async fn finish_locked(connection: &mut MySqlConnection) -> Result<bool, MigrationError> {
    lock(connection).await?;
    let looked = table::look(connection).await?;
    table::finish(connection, &looked).await
}

pub(super) async fn repair(options: &Options) -> Result<u64, MigrationError> {
    connected!(options, Purpose::Maintainer, repair_locked)
}

async fn repair_locked(connection: &mut MySqlConnection) -> Result<u64, MigrationError> {
    lock(connection).await?;
    if !has_table(connection).await? {
        return Ok(0);
    }
    let forgotten = query(FORGET).execute(connection).await;
    let forgotten = forgotten.map_err(|error| failed(&error))?;
    Ok(forgotten.rows_affected())
}

async fn applied(connection: &mut MySqlConnection) -> Result<Vec<Applied>, StoreError> {
    if !has_table(connection).await? {
        return Ok(Vec::new());
    }
    let lines = query_as(LINES).fetch_all(connection).await;
    let lines: Vec<Line> = lines.map_err(|error| failed(&error))?;
    Ok(lines.into_iter().map(Applied::from).collect())
}

async fn has_table(connection: &mut MySqlConnection) -> Result<bool, StoreError> {
    const FOUND: &str = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?";
    let found = query_scalar(FOUND).bind(APPLIED).fetch_one(connection);
    let found: i64 = found.await.map_err(|error| failed(&error))?;
    Ok(found == 1)
}
