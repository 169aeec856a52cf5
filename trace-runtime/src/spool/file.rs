//! Opening a spool file: its format, its soundness, its size.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, query, query_scalar, raw_sql};

use super::damage;
use super::error::{SpoolError, SpoolErrorKind};
use super::slot::{Slot, private_file};

const PAGE: u32 = 4096;
const BUSY: Duration = Duration::from_secs(1);

/// A commit is on disk when it returns. The first setting must stand before the second writes to the file.
pub(super) const SETTINGS: &str =
    "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL";

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
        Err(error) if error.kind() == SpoolErrorKind::Damaged => {
            let damaged = damage::set_aside(slot)?;
            let mut connection = open_sound(slot, most_bytes).await?;
            let saved = match connect(&damaged).await {
                Ok(damaged) => damage::salvage(damaged, &mut connection).await?,
                Err(_) => 0,
            };
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
    match make_ready(&mut connection, format, most_bytes).await {
        Ok(()) => Ok(connection),
        Err(error) => {
            // One that is closed some time later would remove the log of whatever file has this name by then.
            let _ = connection.close().await;
            Err(error)
        }
    }
}

async fn make_ready(
    connection: &mut SqliteConnection,
    format: usize,
    most_bytes: u64,
) -> Result<(), SpoolError> {
    raw_sql(SETTINGS).execute(&mut *connection).await?;
    if format > 0 {
        check(connection).await?;
    }
    upgrade(connection).await?;
    let pages = most_bytes / u64::from(PAGE);
    raw_sql(AssertSqlSafe(format!("PRAGMA max_page_count = {pages}")))
        .execute(connection)
        .await?;
    Ok(())
}

/// Connects, and does not look into the file yet.
pub(super) async fn connect(path: &Path) -> Result<SqliteConnection, SpoolError> {
    Ok(SqliteConnectOptions::new()
        .filename(path)
        .page_size(PAGE)
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
            SpoolErrorKind::Newer,
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
    SpoolError::new(SpoolErrorKind::Damaged, message)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use sqlx::query_as;

    use super::*;
    use crate::spool::slot::Slots;
    use crate::spool::spool_file::Spool;

    const ROOM: u64 = 64 << 20;

    fn slot(directory: &Path) -> Slot {
        let mode = fs::Permissions::from_mode(0o700);
        fs::set_permissions(directory, mode).expect("our own directory");
        Slots::new(directory).claim(0).expect("a slot")
    }

    #[tokio::test]
    async fn a_file_keeps_a_log_gives_room_back_and_is_on_disk_after_each_commit() {
        let directory = tempfile::tempdir().expect("a directory");
        let slot = slot(directory.path());
        for _ in 0..2 {
            let mut connection = open_sound(&slot, ROOM).await.expect("opens");
            let log: String = query_scalar("PRAGMA journal_mode")
                .fetch_one(&mut connection)
                .await
                .expect("says");
            let numbers: (i64, i64) = query_as(
                "SELECT auto_vacuum, synchronous FROM pragma_auto_vacuum, pragma_synchronous",
            )
            .fetch_one(&mut connection)
            .await
            .expect("says");
            assert_eq!((log.as_str(), numbers), ("wal", (2, 2)));
            connection.close().await.expect("closes");
        }
    }

    /// How many files in there this process has open; the slot's lock is none that counts.
    fn open_files(directory: &Path) -> usize {
        let open = fs::read_dir("/proc/self/fd").expect("our files");
        let names = open.filter_map(|file| fs::read_link(file.ok()?.path()).ok());
        names
            .filter(|name| name.starts_with(directory) && !name.ends_with("lock"))
            .count()
    }

    #[tokio::test]
    async fn a_damaged_file_is_closed_before_it_is_set_aside() {
        let damages: [fn(&mut Vec<u8>); 2] = [
            |bytes| bytes[4096..].fill(0xff),
            |bytes| bytes.truncate(bytes.len() - 4096),
        ];
        for damage in damages {
            let directory = tempfile::tempdir().expect("a directory");
            let (spool, ..) = Spool::open(slot(directory.path()), ROOM)
                .await
                .expect("opens");
            let slot = spool.close_file().await;
            let mut bytes = fs::read(slot.file()).expect("readable");
            damage(&mut bytes);
            fs::write(slot.file(), bytes).expect("writable");
            let error = open_sound(&slot, ROOM).await.expect_err("damaged");
            assert_eq!(open_files(slot.directory()), 0, "{error:?}");
            assert_eq!(error.kind(), SpoolErrorKind::Damaged);
        }
    }
}
