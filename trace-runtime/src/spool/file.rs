//! Opening a spool file: its format, its soundness, its size.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{
    SqliteAutoVacuum, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, ConnectOptions as _, query, query_scalar, raw_sql};

use super::damage;
use super::error::{SpoolError, Trouble};
use super::slot::{Slot, private_file};

const PAGE: u32 = 4096;
const BUSY: Duration = Duration::from_secs(1);

/// What brings a file from each format to the next; their number is the format we write.
const UPGRADES: [&str; 2] = [
    "CREATE TABLE spool (seq INTEGER PRIMARY KEY AUTOINCREMENT, row TEXT NOT NULL)",
    "CREATE TABLE dead_letter (seq INTEGER PRIMARY KEY AUTOINCREMENT, buried_at TEXT NOT NULL, reason TEXT NOT NULL, \
     row TEXT NOT NULL)",
];

/// An open spool file.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) connection: SqliteConnection,
    /// What was wrong with the file that was found.
    pub(super) complaint: Option<String>,
}

/// Opens the slot's file. A damaged one is set aside, and what can be read of it is copied to a new one.
pub(super) async fn open(slot: &Slot, most_bytes: u64) -> Result<Opened, SpoolError> {
    match open_sound(slot, most_bytes).await {
        Ok(connection) => Ok(Opened {
            connection,
            complaint: None,
        }),
        Err(error) if error.trouble() == Trouble::Damaged => {
            let damaged = damage::set_aside(slot)?;
            let mut connection = open_sound(slot, most_bytes).await?;
            let saved = damage::salvage(&damaged, &mut connection).await?;
            Ok(Opened {
                connection,
                complaint: Some(format!(
                    "the spool file was damaged ({error}); {saved} of its rows were saved, and it is kept as {}",
                    damaged.display()
                )),
            })
        }
        Err(error) => Err(error),
    }
}

async fn open_sound(slot: &Slot, most_bytes: u64) -> Result<SqliteConnection, SpoolError> {
    let path = slot.file();
    // Made here, so that it is private from the first moment; SQLite gives its log the same mode.
    drop(private_file(&path)?);
    let format = format_of(&path)?;
    let mut connection = connect(&path).await?;
    if format > 0 {
        check(&mut connection).await?;
    }
    upgrade(&mut connection).await?;
    let pages = most_bytes / u64::from(PAGE);
    raw_sql(AssertSqlSafe(format!("PRAGMA max_page_count = {pages}")))
        .execute(&mut connection)
        .await?;
    Ok(connection)
}

/// Connects as the spool is used: a commit is on disk when it returns.
pub(super) async fn connect(path: &Path) -> Result<SqliteConnection, SpoolError> {
    Ok(SqliteConnectOptions::new()
        .filename(path)
        .page_size(PAGE)
        .auto_vacuum(SqliteAutoVacuum::Incremental)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY)
        .statement_cache_capacity(16)
        .disable_statement_logging()
        .connect()
        .await?)
}

/// The format a file was written in, read without opening it as a database, so that one of a later release is not touched.
/// 0 is an empty file.
fn format_of(path: &Path) -> Result<usize, SpoolError> {
    let mut head = [0; 64];
    match File::open(path).and_then(|mut file| file.read_exact(&mut head)) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            let length = path.metadata()?.len();
            return match length {
                0 => Ok(0),
                _ => Err(damaged(format!("it is cut off after {length} bytes"))),
            };
        }
        Err(error) => return Err(error.into()),
    }
    if !head.starts_with(b"SQLite format 3\0") {
        return Err(damaged("it does not begin as a database does"));
    }
    let format = u32::from_be_bytes([head[60], head[61], head[62], head[63]]);
    match usize::try_from(format) {
        Ok(format) if format <= UPGRADES.len() => Ok(format),
        _ => Err(SpoolError::new(
            Trouble::Newer,
            format!(
                "a later release wrote it, in format {format}; this one knows {}",
                UPGRADES.len()
            ),
        )),
    }
}

async fn check(connection: &mut SqliteConnection) -> Result<(), SpoolError> {
    let verdict: String = query_scalar("PRAGMA quick_check(1)")
        .fetch_one(connection)
        .await?;
    if verdict == "ok" {
        Ok(())
    } else {
        Err(damaged(verdict))
    }
}

async fn upgrade(connection: &mut SqliteConnection) -> Result<(), SpoolError> {
    let format: i64 = query_scalar("PRAGMA user_version")
        .fetch_one(&mut *connection)
        .await?;
    let from = usize::try_from(format).unwrap_or(0).min(UPGRADES.len());
    if from == UPGRADES.len() {
        return Ok(());
    }
    let mut script = "BEGIN IMMEDIATE;".to_owned();
    for step in &UPGRADES[from..] {
        script.push_str(step);
        script.push(';');
    }
    let _ = write!(script, "PRAGMA user_version = {}; COMMIT;", UPGRADES.len());
    // Only texts and numbers of our own are in it.
    raw_sql(AssertSqlSafe(script))
        .execute(&mut *connection)
        .await?;
    // Into the file itself, where `format_of` looks.
    query("PRAGMA wal_checkpoint(TRUNCATE)")
        .execute(connection)
        .await?;
    Ok(())
}

fn damaged(message: impl Into<String>) -> SpoolError {
    SpoolError::new(Trouble::Damaged, message)
}
