//! Files that SQLite calls damaged: set aside under another name, never removed, and read as far as they can be.
//!
//! A `damaged-*.db` is read a little at a time into the spool of its slot. How far that has come is remembered there, in
//! the transaction that adds the rows, so that the next process goes on where this one ended. A `damaged-*.done` beside it
//! says that there is no more to read.

use std::path::{Path, PathBuf};

use std::{fs, io};

use behavior_trace_core::Timestamp;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _, query, query_as, query_scalar};

use super::error::{SpoolError, SpoolErrorKind};
use super::file;
use super::slot::Slot;
use super::storage::SalvageStep;

/// Rows read at once.
const PIECE: i64 = 200;
/// The smallest row there is, for the most that a file can have held.
const SMALLEST: u64 = 200;

/// The log of a file whose name ends so belongs to it.
const SUFFIXES: [&str; 3] = ["", "-wal", "-shm"];

/// Puts `fresh` in the place of the slot's file, which keeps its rows under another name, with its log. Returns that name.
pub(super) fn quarantine(slot: &Slot, fresh: &Path) -> Result<PathBuf, SpoolError> {
    let stamp = Timestamp::now().as_micros();
    let place = slot.directory().join(format!("damaged-{stamp}.db"));
    let file = slot.file();
    // Under two names first: at no moment is the file without its log.
    if fs::hard_link(&file, &place).is_ok() {
        link(&with_suffix(&file, "-wal"), &with_suffix(&place, "-wal"))?;
        for suffix in SUFFIXES {
            remove(&with_suffix(&file, suffix))?;
        }
    } else {
        for suffix in ["-wal", "-shm", ""] {
            found(fs::rename(
                with_suffix(&file, suffix),
                with_suffix(&place, suffix),
            ))?;
        }
    }
    fs::rename(fresh, &file)?;
    sync(slot.directory())?;
    Ok(place)
}

/// Takes a second name from the slot's file that a crash in the middle of [`quarantine`] has left.
#[cfg(unix)]
pub(super) fn drop_second_names(slot: &Slot) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt as _;

    let Ok(file) = fs::metadata(slot.file()) else {
        return Ok(());
    };
    for path in damaged(slot.directory())? {
        let other = fs::metadata(&path)?;
        if (file.dev(), file.ino()) == (other.dev(), other.ino()) {
            remove(&path)?;
            remove(&with_suffix(&path, "-wal"))?;
        }
    }
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn drop_second_names(_: &Slot) -> io::Result<()> {
    Ok(())
}

/// Whether there is a damaged file that has not been read to its end.
pub(super) fn is_unfinished(directory: &Path) -> bool {
    unfinished(directory).is_ok_and(|files| !files.is_empty())
}

/// The damaged files that have not been read to their end, the oldest first.
pub(super) fn unfinished(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = damaged(directory)?;
    files.retain(|path| !path.with_extension("done").exists());
    files.sort();
    Ok(files)
}

fn damaged(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let is_db = path.extension().is_some_and(|extension| extension == "db");
        let name = path.file_name().and_then(|name| name.to_str());
        if is_db && name.is_some_and(|name| name.starts_with("damaged-")) {
            files.push(path);
        }
    }
    Ok(files)
}

fn link(from: &Path, to: &Path) -> io::Result<()> {
    found(fs::hard_link(from, to))
}

pub(super) fn remove(path: &Path) -> io::Result<()> {
    found(fs::remove_file(path))
}

/// What is not there need not be done.
fn found(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Brings the names in a directory to the disk, where that can be asked for.
fn sync(directory: &Path) -> io::Result<()> {
    if cfg!(unix) {
        fs::File::open(directory)?.sync_all()?;
    }
    Ok(())
}

pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// A damaged file that is being read.
#[derive(Debug)]
pub(super) struct Salvage {
    path: PathBuf,
    from: SqliteConnection,
    progress: Progress,
}

/// How far the reading has come.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// 0 to 2 for the rows, 3 to 5 for the dead letters: up to the damage, down to it, and number by number between.
    stage: i64,
    /// Everything up to this number has been read, as far as it can be.
    low: i64,
    /// And everything from this number on.
    high: i64,
    rows: i64,
    letters: i64,
    lost: i64,
}

/// There is no more to read.
const DONE: i64 = 6;

/// A number, and a letter's time and reason, and a row, as they are on disk.
type Columns = (i64, Vec<u8>, Vec<u8>, Vec<u8>);

/// Numbers and texts of one table.
#[derive(Debug)]
struct Found {
    seq: i64,
    buried_at: Vec<u8>,
    reason: Vec<u8>,
    row: Vec<u8>,
}

impl Salvage {
    /// Goes on with the first file that has not been read to its end. What is left of a file that was, is a mark on it.
    pub(super) async fn begin(
        path: PathBuf,
        to: &mut SqliteConnection,
    ) -> Result<Self, SpoolError> {
        query(
            "CREATE TABLE IF NOT EXISTS salvage (file TEXT PRIMARY KEY, stage INTEGER NOT NULL, low INTEGER NOT NULL, \
             high INTEGER NOT NULL, rows INTEGER NOT NULL, letters INTEGER NOT NULL, lost INTEGER NOT NULL)",
        )
        .execute(&mut *to)
        .await?;
        let known: Option<(i64, i64, i64, i64, i64, i64)> =
            query_as("SELECT stage, low, high, rows, letters, lost FROM salvage WHERE file = ?")
                .bind(name(&path))
                .fetch_optional(&mut *to)
                .await?;
        let progress = known.map_or_else(
            || Progress {
                high: i64::MAX,
                ..Progress::default()
            },
            |(stage, low, high, rows, letters, lost)| Progress {
                stage,
                low,
                high,
                rows,
                letters,
                lost,
            },
        );
        let from = file::connect_any(&path).await?;
        Ok(Self {
            path,
            from,
            progress,
        })
    }

    /// Reads some more. `None` when the end is reached and marked.
    pub(super) async fn step(
        &mut self,
        to: &mut SqliteConnection,
    ) -> Result<Option<SalvageStep>, SpoolError> {
        let before = self.progress;
        if before.stage >= DONE {
            return Ok(None);
        }
        let mut next = before;
        let rows = match before.stage % 3 {
            0 => self.piece(&mut next, false).await?,
            1 => self.piece(&mut next, true).await?,
            _ => self.numbers(&mut next).await?,
        };
        if before.stage < 3 {
            next.rows += count(rows.len());
        } else {
            next.letters += count(rows.len());
        }
        self.keep(&rows, next, to).await?;
        self.progress = next;
        let is_done = next.stage == DONE;
        let gain = |after: i64, before: i64| u64::try_from(after - before).unwrap_or(0);
        Ok(Some(SalvageStep {
            rows: gain(next.rows, before.rows),
            letters: gain(next.letters, before.letters),
            lost: gain(next.lost, before.lost),
            report: is_done.then(|| self.report()),
            is_whole: is_done && next.lost == 0 && next.rows + next.letters > 0,
        }))
    }

    /// Marks the file as read to its end.
    pub(super) async fn end(self, to: &mut SqliteConnection) -> Result<(), SpoolError> {
        let done = self.path.with_extension("done");
        fs::write(&done, self.report())
            // On a full volume there is room for a name, if for nothing else.
            .or_else(|_| fs::File::create(&done).map(drop))?;
        query("DELETE FROM salvage WHERE file = ?")
            .bind(name(&self.path))
            .execute(to)
            .await?;
        let _ = self.from.close().await;
        Ok(())
    }

    pub(super) async fn close(self) {
        let _ = self.from.close().await;
    }

    fn report(&self) -> String {
        let Progress {
            rows,
            letters,
            lost,
            ..
        } = self.progress;
        let unknown = if rows + letters + lost == 0 {
            "; how many it held is not known"
        } else {
            ""
        };
        format!(
            "{rows} rows and {letters} dead letters of the damaged spool file {} were saved, about {lost} rows cannot be read{unknown}",
            self.path.display()
        )
    }

    fn table(&self) -> (&'static str, &'static str) {
        // By bytes: a damaged text may be none.
        let rows = "seq, x'', x'', CAST(coalesce(row, '') AS BLOB) FROM spool";
        let letters = "seq, CAST(coalesce(buried_at, '') AS BLOB), CAST(coalesce(reason, '') AS BLOB), \
                       CAST(coalesce(row, '') AS BLOB) FROM dead_letter";
        if self.progress.stage < 3 {
            ("spool", rows)
        } else {
            ("dead_letter", letters)
        }
    }

    /// The next rows in order, up or down.
    async fn piece(&mut self, next: &mut Progress, down: bool) -> Result<Vec<Found>, SpoolError> {
        let (_, columns) = self.table();
        let order = if down { "DESC" } else { "ASC" };
        let text =
            format!("SELECT {columns} WHERE seq > ? AND seq < ? ORDER BY seq {order} LIMIT ?");
        let mut most = PIECE;
        loop {
            let read = self.rows(&text, next.low, next.high, most).await;
            let mut rows = match read {
                Ok(rows) => rows,
                Err(error) if !is_damage(&error) => return Err(error),
                // A shorter way may end before the damage.
                Err(_) if most > 1 => {
                    most = (most / 4).max(1);
                    continue;
                }
                Err(_) => {
                    next.stage += 1;
                    if down {
                        self.bound(next).await?;
                    }
                    return Ok(Vec::new());
                }
            };
            match rows.last() {
                None => self.skip(next),
                Some(last) if down => next.high = last.seq,
                Some(last) => next.low = last.seq,
            }
            rows.sort_unstable_by_key(|row| row.seq);
            return Ok(rows);
        }
    }

    async fn rows(
        &mut self,
        text: &str,
        low: i64,
        high: i64,
        most: i64,
    ) -> Result<Vec<Found>, SpoolError> {
        // Texts of our own alone are in it.
        let found: Vec<Columns> = query_as(AssertSqlSafe(text.to_owned()))
            .bind(low)
            .bind(high)
            .bind(most)
            .fetch_all(&mut self.from)
            .await?;
        let found = found.into_iter();
        Ok(found
            .map(|(seq, buried_at, reason, row)| Found {
                seq,
                buried_at,
                reason,
                row,
            })
            .collect())
    }

    /// The numbers between the two ends of the damage, if both are known.
    async fn bound(&mut self, next: &mut Progress) -> Result<(), SpoolError> {
        if next.high == i64::MAX {
            let (table, _) = self.table();
            let last = query_scalar::<_, i64>("SELECT seq FROM sqlite_sequence WHERE name = ?")
                .bind(table)
                .fetch_optional(&mut self.from)
                .await
                .map_err(SpoolError::from);
            match last {
                Ok(Some(last)) => next.high = last.saturating_add(1),
                Err(error) if !is_damage(&error) => return Err(error),
                // Not even that can be read: how many there were is not known.
                Ok(None) | Err(_) => {
                    self.skip(next);
                    return Ok(());
                }
            }
        }
        // Rows leave at the front: the last numbers are those that the file can have held.
        let bytes = fs::metadata(&self.path).map_or(0, |file| file.len());
        let most = i64::try_from(bytes / SMALLEST).unwrap_or(i64::MAX);
        next.low = next.low.max(next.high.saturating_sub(most));
        if next.low >= next.high - 1 {
            self.skip(next);
        }
        Ok(())
    }

    /// Goes to the next table.
    const fn skip(&self, next: &mut Progress) {
        next.stage = if self.progress.stage < 3 { 3 } else { DONE };
        next.low = 0;
        next.high = i64::MAX;
    }

    /// Some of the numbers between, one by one.
    async fn numbers(&mut self, next: &mut Progress) -> Result<Vec<Found>, SpoolError> {
        let (_, columns) = self.table();
        let text = format!("SELECT {columns} WHERE seq > ? AND seq < ? AND seq = ?");
        let mut rows = Vec::new();
        for _ in 0..PIECE {
            let number = next.low + 1;
            if number >= next.high {
                self.skip(next);
                break;
            }
            match self.rows(&text, next.low, next.high, number).await {
                Ok(found) => rows.extend(found),
                Err(error) if !is_damage(&error) => return Err(error),
                // A dead letter that cannot be read was counted as one when it came.
                Err(_) if self.progress.stage < 3 => next.lost += 1,
                Err(_) => {}
            }
            next.low = number;
        }
        Ok(rows)
    }

    /// Adds what was found, and remembers in the same moment how far that was.
    async fn keep(
        &self,
        rows: &[Found],
        next: Progress,
        to: &mut SqliteConnection,
    ) -> Result<(), SpoolError> {
        let mut transaction = to.begin().await?;
        for found in rows {
            let row = String::from_utf8_lossy(&found.row);
            let insert = if self.progress.stage < 3 {
                query("INSERT INTO spool (row) VALUES (?)")
            } else {
                query("INSERT INTO dead_letter (buried_at, reason, row) VALUES (?, ?, ?)")
                    .bind(String::from_utf8_lossy(&found.buried_at).into_owned())
                    .bind(String::from_utf8_lossy(&found.reason).into_owned())
            };
            insert
                .bind(row.into_owned())
                .execute(&mut *transaction)
                .await?;
        }
        query("INSERT OR REPLACE INTO salvage VALUES (?, ?, ?, ?, ?, ?, ?)")
            .bind(name(&self.path))
            .bind(next.stage)
            .bind(next.low)
            .bind(next.high)
            .bind(next.rows)
            .bind(next.letters)
            .bind(next.lost)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }
}

fn is_damage(error: &SpoolError) -> bool {
    // A file whose schema is damaged, or that is empty, has no such table.
    error.kind() == SpoolErrorKind::Damaged || error.to_string().contains("no such table")
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
