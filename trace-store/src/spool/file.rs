//! Opening of a spool file: its format, its integrity and its size.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteLockingMode};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, query, query_scalar, raw_sql};

use super::damage;
use super::error::{SpoolError, SpoolErrorKind};
use super::names::SpoolFileNames;
use super::salvage::pages::has_odd_free_list;
use super::slot::{Slot, private_file};

const PAGE: u32 = 4096;
/// Bytes needed for the index of a log, with a little more for writes.
const ROOM: usize = 64 << 10;
const BUSY: Duration = Duration::from_secs(1);
/// Number of SQLite steps between two checks of the stop flag.
const OPERATIONS: i32 = 10_000;

/// Layout of an empty file, set before anything is written to it. In any other file this would be a write, for which there
/// may be no room.
pub(super) const LAYOUT: &str = "PRAGMA auto_vacuum = INCREMENTAL";

/// Settings under which a commit is on disk when it returns.
pub(super) const SETTINGS: &str = if cfg!(target_vendor = "apple") {
    APPLES
} else {
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL"
};
/// Settings for macOS, where `fsync` alone leaves a commit in the drive's cache.
const APPLES: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; \
     PRAGMA checkpoint_fullfsync = ON";

/// Statements that upgrade a file from each format to the next. Their number is the current format.
const UPGRADES: [&str; 2] = [
    "CREATE TABLE spool (seq INTEGER PRIMARY KEY AUTOINCREMENT, row TEXT NOT NULL)",
    "CREATE TABLE dead_letter (seq INTEGER PRIMARY KEY AUTOINCREMENT, buried_at TEXT NOT NULL, reason TEXT NOT NULL, \
     row TEXT NOT NULL)",
];

/// An opened spool file.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) connection: SqliteConnection,
    /// No other connection can read the file, because the index of its log is in memory for lack of room.
    pub(super) is_exclusive: bool,
    /// Problem of the file that was found.
    pub(super) complaint: Option<String>,
}

/// Opens the slot's file. A file that SQLite calls damaged twice, on fresh connections, is set aside for `salvage` once an
/// empty file is ready to replace it.
pub(super) async fn open(slot: &mut Slot, most_bytes: u64) -> Result<Opened, SpoolError> {
    damage::mend(slot)?;
    // The background check of the whole file comes later; until then, new rows must not overwrite old ones.
    slot.suspected |= has_odd_free_list(&slot.file());
    let mut opened = open_sound(slot, most_bytes).await;
    if matches!(&opened, Err(error) if error.kind() == SpoolErrorKind::Damaged) {
        opened = open_sound(slot, most_bytes).await;
    }
    let error = match opened {
        Ok(opened) => {
            slot.suspected = false;
            return Ok(opened);
        }
        Err(error) if error.kind() == SpoolErrorKind::Damaged => error,
        Err(error) => return Err(error),
    };
    let fresh = make_fresh(slot).await?;
    let names = SpoolFileNames::take(&slot.file()).await?;
    let damaged = damage::quarantine(slot, &fresh)?;
    drop(names);
    slot.suspected = false;
    let opened = open_sound(slot, most_bytes).await?;
    Ok(Opened {
        complaint: Some(format!(
            "the spool file is damaged ({error}); it is kept as {}, and what can be read of it is copied",
            damaged.display()
        )),
        ..opened
    })
}

/// Creates an empty spool file under another name, and closes it.
async fn make_fresh(slot: &Slot) -> Result<PathBuf, SpoolError> {
    let path = slot.directory().join("spool.new.db");
    for suffix in ["", "-wal", "-shm"] {
        damage::remove(&damage::with_suffix(&path, suffix))?;
    }
    drop(private_file(&path)?);
    let mut connection = connect(&path, Access::Shared).await?;
    let made = make_ready(&mut connection, 0, false, u64::MAX).await;
    let closed = connection.close().await;
    made?;
    closed?;
    Ok(path)
}

pub(super) async fn open_sound(slot: &Slot, most_bytes: u64) -> Result<Opened, SpoolError> {
    let path = slot.file();
    // Created here, so that it is private from the start. SQLite gives its log the same mode.
    drop(private_file(&path)?);
    let format = format_of(&path)?;
    let has_content = path.metadata()?.len() > 0;
    match open_as(slot, format, most_bytes, Access::Shared).await {
        Err(error) if has_content && error.kind() != SpoolErrorKind::Damaged => {
            // The index of the log needs room, or memory that is not available. Reading alone needs neither.
            let opened = open_as(slot, format, most_bytes, Access::Exclusive).await;
            opened.map_err(|_| error)
        }
        opened => opened,
    }
}

/// Returns whether the volume has room to share a file on it.
pub(super) fn has_room(directory: &Path) -> bool {
    let path = directory.join("room");
    let wrote = private_file(&path).and_then(|mut file| file.write_all(&vec![1; ROOM]));
    let removed = damage::remove(&path);
    wrote.is_ok() && removed.is_ok()
}

async fn open_as(
    slot: &Slot,
    format: usize,
    most_bytes: u64,
    access: Access,
) -> Result<Opened, SpoolError> {
    let mut connection = connect(&slot.file(), access).await?;
    match make_ready(&mut connection, format, slot.suspected, most_bytes).await {
        Ok(()) => Ok(Opened {
            connection,
            is_exclusive: access == Access::Exclusive,
            complaint: None,
        }),
        Err(error) => {
            // A connection that is closed later would remove the log of another file that has this name by then.
            let _ = connection.close().await;
            Err(error)
        }
    }
}

async fn make_ready(
    connection: &mut SqliteConnection,
    format: usize,
    is_suspected: bool,
    most_bytes: u64,
) -> Result<(), SpoolError> {
    if format == 0 {
        raw_sql(LAYOUT).execute(&mut *connection).await?;
    }
    raw_sql(SETTINGS).execute(&mut *connection).await?;
    if is_suspected {
        check(connection).await?;
    }
    match upgrade(connection).await {
        // The file can be read and emptied in its old format.
        Err(error) if error.kind() == SpoolErrorKind::Full && format > 0 => {}
        upgraded => upgraded?,
    }
    let pages = most_bytes / u64::from(PAGE);
    raw_sql(AssertSqlSafe(format!("PRAGMA max_page_count = {pages}")))
        .execute(connection)
        .await?;
    Ok(())
}

/// Mode of opening a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    /// Access shared with other connections.
    Shared,
    /// Exclusive access, with the index of the log in memory.
    Exclusive,
    /// Read access shared with other connections. It changes nothing and leaves the log as it is on closing.
    ReadOnly,
}

/// Connects without reading the file yet.
pub(super) async fn connect(path: &Path, access: Access) -> Result<SqliteConnection, SpoolError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .page_size(PAGE)
        .busy_timeout(BUSY)
        .statement_cache_capacity(16)
        .disable_statement_logging();
    let options = match access {
        Access::Shared => options,
        Access::Exclusive => options.locking_mode(SqliteLockingMode::Exclusive),
        Access::ReadOnly => options.read_only(true),
    };
    Ok(options.connect().await?)
}

/// Connects to a spool's file beside its owner, who does not rename it meanwhile.
pub(super) async fn connect_beside(
    path: &Path,
) -> Result<(SqliteConnection, SpoolFileNames), SpoolError> {
    let names = SpoolFileNames::hold(path.parent().unwrap_or(path)).await;
    Ok((connect(path, Access::ReadOnly).await?, names))
}

/// Connects to a file that is not a live spool, with or without room for the index of its log.
pub(super) async fn connect_any(path: &Path) -> Result<SqliteConnection, SpoolError> {
    let mut connection = connect(path, Access::Shared).await?;
    let looked: Result<i64, SpoolError> = query_scalar("PRAGMA schema_version")
        .fetch_one(&mut connection)
        .await
        .map_err(SpoolError::from);
    match looked {
        Err(error) if error.kind() != SpoolErrorKind::Damaged => {
            let _ = connection.close().await;
            connect(path, Access::Exclusive).await
        }
        _ => Ok(connection),
    }
}

/// Interrupts the connection's statement once `stop` is set.
pub(super) async fn heed(
    connection: &mut SqliteConnection,
    stop: Arc<AtomicBool>,
) -> Result<(), SpoolError> {
    let mut handle = connection.lock_handle().await?;
    handle.set_progress_handler(OPERATIONS, move || !stop.load(Ordering::Relaxed));
    Ok(())
}

/// Returns the format of a file, 0 for an empty one. It reads the header without opening a database, so that the file of a
/// later release stays untouched.
fn format_of(path: &Path) -> Result<usize, SpoolError> {
    let mut head = [0; 64];
    match File::open(path).and_then(|mut file| file.read_exact(&mut head)) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            let length = path.metadata()?.len();
            return match length {
                0 => Ok(0),
                // SQLite decides whether that is a database, here and below.
                _ => Ok(UPGRADES.len()),
            };
        }
        Err(error) => return Err(error.into()),
    }
    if !head.starts_with(b"SQLite format 3\0") {
        return Ok(UPGRADES.len());
    }
    let format = u32::from_be_bytes([head[60], head[61], head[62], head[63]]);
    known_format(i64::from(format))
}

/// Fails if a later release wrote the file. The header is read through SQLite: closing another handle would release the locks
/// of an owner in this process.
pub(super) async fn check_format(connection: &mut SqliteConnection) -> Result<(), SpoolError> {
    let format: i64 = query_scalar("PRAGMA user_version")
        .fetch_one(connection)
        .await?;
    known_format(format).map(|_| ())
}

/// Returns the number of a format, or an error if a later release wrote it.
fn known_format(format: i64) -> Result<usize, SpoolError> {
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

pub(super) async fn check(connection: &mut SqliteConnection) -> Result<(), SpoolError> {
    let verdict: String = query_scalar("PRAGMA quick_check(1)")
        .fetch_one(connection)
        .await?;
    if verdict == "ok" {
        Ok(())
    } else {
        Err(SpoolError::new(SpoolErrorKind::Damaged, verdict))
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
    // The text contains only the recorder's own statements and numbers.
    raw_sql(AssertSqlSafe(script))
        .execute(&mut *connection)
        .await?;
    // The checkpoint writes the format into the file itself, where `format_of` reads it.
    query("PRAGMA wal_checkpoint(TRUNCATE)")
        .execute(connection)
        .await?;
    Ok(())
}

/// Returns a number of rows as SQLite counts them.
pub(super) fn size(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
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
        Slots::new(directory)
            .claim(0, &mut Vec::new())
            .expect("a slot")
    }

    #[tokio::test]
    async fn a_file_keeps_a_log_gives_room_back_and_is_on_disk_after_each_commit() {
        let directory = tempfile::tempdir().expect("a directory");
        let slot = slot(directory.path());
        for _ in 0..2 {
            let opened = open_sound(&slot, ROOM).await.expect("opens");
            let mut connection = opened.connection;
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

    #[tokio::test]
    async fn on_macos_a_commit_leaves_the_drives_cache() {
        let directory = tempfile::tempdir().expect("a directory");
        let slot = slot(directory.path());
        let opened = open_sound(&slot, ROOM).await.expect("opens");
        let mut connection = opened.connection;
        let apples = raw_sql(APPLES).execute(&mut connection).await;
        apples.expect("understood");
        for setting in ["PRAGMA fullfsync", "PRAGMA checkpoint_fullfsync"] {
            let is_on: i64 = query_scalar(setting)
                .fetch_one(&mut connection)
                .await
                .expect("told");
            assert_eq!(is_on, 1, "{setting}");
        }
    }

    /// Returns how many files in the directory this process has open, without the slot's lock.
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
            let mut slot = spool.close_file().await;
            slot.suspected = true;
            let mut bytes = fs::read(slot.file()).expect("readable");
            damage(&mut bytes);
            fs::write(slot.file(), bytes).expect("writable");
            let error = open_sound(&slot, ROOM).await.expect_err("damaged");
            assert_eq!(open_files(slot.directory()), 0, "{error:?}");
            assert_eq!(error.kind(), SpoolErrorKind::Damaged);
        }
    }
}
