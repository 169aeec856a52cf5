//! Looking at the table, and carrying out the plan.

use sqlx::mysql::{MySqlConnection, MySqlDatabaseError};
use sqlx::{AssertSqlSafe, Executor as _, query, query_as, query_scalar, raw_sql};

use super::found::{FoundColumn, FoundKey, FoundTable};
use super::judge::{Plan, judge};
use super::reference::Reference;
use super::{Looked, fill};
use crate::migrate::MigrationStep;
use crate::migrate::error::{Kind, MigrationError};
use crate::store::StoreError;
use crate::store::mysql::failed;
use crate::store::of_php::DIFFERS;

const TABLE: &str = "SELECT CAST(table_type AS CHAR), CAST(COALESCE(engine, '') AS CHAR), CAST(VERSION() AS CHAR) \
     FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'operational_activity'";
const COLUMNS: &str = "SELECT CAST(column_name AS CHAR), CAST(column_type AS CHAR), CAST(is_nullable = 'YES' AS SIGNED), \
     CAST(COALESCE(collation_name, '') AS CHAR), CAST(column_default IS NOT NULL OR extra LIKE '%GENERATED%' AS SIGNED), \
     CAST(extra LIKE '%auto_increment%' AS SIGNED) FROM information_schema.columns \
     WHERE table_schema = DATABASE() AND table_name = 'operational_activity' ORDER BY ordinal_position";
/// The query for each key of the table: its name, whether it is unique, and its columns.
const KEYS: &str = "SELECT CAST(index_name AS CHAR), CAST(1 - non_unique AS SIGNED), CAST(GROUP_CONCAT(COALESCE( \
     IF(sub_part IS NULL, column_name, CONCAT(column_name, '(', sub_part, ')')), '?') ORDER BY seq_in_index SEPARATOR ', ') \
     AS CHAR) FROM information_schema.statistics \
     WHERE table_schema = DATABASE() AND table_name = 'operational_activity' GROUP BY index_name, non_unique";

/// The later copies of events that are stored more than once. An index over the time makes it one pass.
pub(in crate::migrate) const COPIES: &str = "FROM operational_activity AS later JOIN operational_activity AS first \
     ON first.occurred_at = later.occurred_at AND first.event_id = later.event_id AND first.id < later.id";

/// Time for which a change of the table waits for sessions that use it, in seconds. Those that come later wait for it too,
/// and a server counts in whole seconds.
const PATIENCE: &str = "SET SESSION lock_wait_timeout = 1";
/// Number of rows in a step. Under a tenth of a second, and each with its own commit.
const STEP: u32 = 5_000;

/// Looks at what is there.
pub(in crate::migrate) async fn look(
    connection: &mut MySqlConnection,
) -> Result<Looked, MigrationError> {
    let found = found(connection).await.map_err(|error| failed(&error))?;
    Ok(Looked {
        is_ordered_by_time: found.as_ref().is_some_and(FoundTable::is_ordered_by_time),
        verdict: found.map(|found| judge(&Reference::read(), &found)),
    })
}

async fn found(connection: &mut MySqlConnection) -> Result<Option<FoundTable>, sqlx::Error> {
    type Column = (String, String, i64, String, i64, i64);
    let table: Option<(String, String, String)> =
        query_as(TABLE).fetch_optional(&mut *connection).await?;
    let Some((kind, engine, version)) = table else {
        return Ok(None);
    };
    let columns: Vec<Column> = query_as(COLUMNS).fetch_all(&mut *connection).await?;
    let keys: Vec<(String, i64, String)> = query_as(KEYS).fetch_all(connection).await?;
    let column =
        |(name, column_type, may_be_null, collation, has_default, is_auto_increment): Column| {
            FoundColumn {
                name,
                column_type,
                may_be_null: may_be_null == 1,
                collation,
                has_default: has_default == 1,
                is_auto_increment: is_auto_increment == 1,
            }
        };
    let key = |(name, is_unique, columns)| FoundKey {
        name,
        is_unique: is_unique == 1,
        columns,
    };
    Ok(Some(FoundTable {
        kind,
        engine,
        is_mariadb: version.to_lowercase().contains("mariadb"),
        columns: columns.into_iter().map(column).collect(),
        keys: keys.into_iter().map(key).collect(),
    }))
}

/// Fails if an event is stored twice in a table without its unique key, and an index makes that one pass. Without an index the
/// search would compare each row with all.
pub(in crate::migrate) async fn check_copies(
    connection: &mut MySqlConnection,
    looked: &Looked,
) -> Result<(), MigrationError> {
    if !looked.is_ordered_by_time || looked.plan()?.key.is_none() {
        return Ok(());
    }
    match copies(connection).await? {
        0 => Ok(()),
        copies => Err(Kind::Copies(copies).into()),
    }
}

/// Adds the unique key if it is missing; returns whether it was. The table stays open to writers.
pub(in crate::migrate) async fn add_key(
    connection: &mut MySqlConnection,
    looked: &Looked,
) -> Result<bool, MigrationError> {
    let Some(key) = looked.plan()?.key else {
        return Ok(false);
    };
    check_copies(connection, looked).await?;
    match alter(connection, &key).await {
        // The server finds the copies too, only later.
        Err(error) if number(&error) == Some(DUPLICATE) => {
            Err(Kind::Copies(copies(connection).await?).into())
        }
        done => done.map(|()| true).map_err(|error| not_changed(&error)),
    }
}

/// Removes the remaining differences; returns whether there were any. Writers wait while the server copies the table, unless
/// it can change these columns beside them.
pub(in crate::migrate) async fn finish(
    connection: &mut MySqlConnection,
    looked: &Looked,
) -> Result<bool, MigrationError> {
    let has_added = add_key(connection, looked).await?;
    let plan = looked.plan()?;
    if plan.changes.is_empty() {
        return Ok(has_added);
    }
    let filled = fill_all(connection).await;
    filled.map_err(|error| not_changed(&error))?;
    match change(connection, &plan).await {
        Ok(()) => Ok(true),
        Err(error) => match differing(connection).await? {
            0 => Err(not_changed(&error)),
            rows => Err(Kind::StillWritten(rows).into()),
        },
    }
}

/// Changes the columns beside writers if this server can, else with the table closed to them.
async fn change(connection: &mut MySqlConnection, plan: &Plan) -> Result<(), sqlx::Error> {
    let text = plan.alter();
    match alter(connection, &format!("{text}, LOCK=NONE")).await {
        Err(error) if number(&error).is_some_and(|number| UNSUPPORTED.contains(&number)) => {
            alter(connection, &text).await
        }
        done => done,
    }
}

async fn fill_all(connection: &mut MySqlConnection) -> Result<(), sqlx::Error> {
    const END: &str = "SELECT CAST(MAX(id) AS SIGNED) FROM (SELECT id FROM operational_activity WHERE id > ? ORDER BY id LIMIT ?) AS step";
    let text = format!("{} AND id > ? AND id <= ?", fill());
    let mut after = 0_i64;
    loop {
        let end: Option<i64> = query_scalar(END)
            .bind(after)
            .bind(STEP)
            .fetch_one(&mut *connection)
            .await?;
        let Some(end) = end else {
            return Ok(());
        };
        let step = query(AssertSqlSafe(text.as_str())).bind(after).bind(end);
        step.execute(&mut *connection).await?;
        after = end;
    }
}

async fn alter(connection: &mut MySqlConnection, text: &str) -> Result<(), sqlx::Error> {
    connection.execute(raw_sql(PATIENCE)).await?;
    // The text contains names of the server's catalogue and the recorder's own.
    let text = raw_sql(AssertSqlSafe(text));
    connection.execute(text).await.map(drop)
}

async fn copies(connection: &mut MySqlConnection) -> Result<i64, StoreError> {
    count(
        connection,
        format!("SELECT COUNT(DISTINCT later.id) {COPIES}"),
    )
    .await
}

async fn differing(connection: &mut MySqlConnection) -> Result<i64, StoreError> {
    let text = format!("SELECT COUNT(*) FROM operational_activity WHERE {DIFFERS}");
    count(connection, text).await
}

async fn count(connection: &mut MySqlConnection, text: String) -> Result<i64, StoreError> {
    let counted = query_scalar(AssertSqlSafe(text)).fetch_one(connection);
    counted.await.map_err(|error| failed(&error))
}

/// Code for values that already exist under a unique key.
const DUPLICATE: u16 = 1062;
/// Code for a lock that another session held for too long.
const BUSY: u16 = 1205;
/// Codes for a change that the server does not make beside writers.
const UNSUPPORTED: [u16; 2] = [1845, 1846];

fn not_changed(error: &sqlx::Error) -> MigrationError {
    match number(error) {
        Some(BUSY) => Kind::Busy.into(),
        _ => Kind::Failed(MigrationStep::CREATES_TABLE, failed(error)).into(),
    }
}

fn number(error: &sqlx::Error) -> Option<u16> {
    let error = error.as_database_error()?;
    let error = error.try_downcast_ref::<MySqlDatabaseError>()?;
    Some(error.number())
}
