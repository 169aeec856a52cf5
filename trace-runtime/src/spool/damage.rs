//! A spool file that can no longer be trusted: it is kept for a person, and what can be read of it is copied.

use std::path::{Path, PathBuf};
use std::{fs, io};

use behavior_trace_core::Timestamp;
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, query, query_as};

use super::error::SpoolError;
use super::slot::Slot;

/// Damaged files kept; the oldest is removed when there would be more.
const KEPT: usize = 3;
/// Rows read at once.
const PIECE: i64 = 100;

/// Renames the slot's file, with its log. Returns its new place.
pub(super) fn set_aside(slot: &Slot) -> Result<PathBuf, SpoolError> {
    let stamp = Timestamp::now().as_micros();
    let place = slot.directory().join(format!("damaged-{stamp}.db"));
    for suffix in ["-wal", "-shm", ""] {
        match fs::rename(
            with_suffix(&slot.file(), suffix),
            with_suffix(&place, suffix),
        ) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            // There, or not needed.
            _ => {}
        }
    }
    remove_oldest(slot.directory())?;
    Ok(place)
}

fn remove_oldest(directory: &Path) -> Result<(), SpoolError> {
    let mut damaged: Vec<_> = fs::read_dir(directory)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str());
            let is_db = path.extension().is_some_and(|extension| extension == "db");
            is_db && name.is_some_and(|name| name.starts_with("damaged-"))
        })
        .collect();
    damaged.sort();
    for path in damaged.iter().rev().skip(KEPT) {
        for suffix in ["-wal", "-shm", ""] {
            let _ = fs::remove_file(with_suffix(path, suffix));
        }
    }
    Ok(())
}

/// Copies every row that can be read: from the front up to the damage, and from the end down to it. Says how many.
pub(super) async fn salvage(
    mut from: SqliteConnection,
    to: &mut SqliteConnection,
) -> Result<u64, SpoolError> {
    let (up, last) = copy(&mut from, to, Direction::Up, 0).await?;
    let (down, _) = copy(&mut from, to, Direction::Down, last).await?;
    let _ = from.close().await;
    Ok(up + down)
}

#[derive(Clone, Copy)]
enum Direction {
    Up,
    Down,
}

/// Says how many rows were copied, and the number of the last one.
async fn copy(
    from: &mut SqliteConnection,
    to: &mut SqliteConnection,
    direction: Direction,
    above: i64,
) -> Result<(u64, i64), SpoolError> {
    let (mut copied, mut last) = (0, above);
    let mut below = i64::MAX;
    loop {
        let text = match direction {
            Direction::Up => {
                "SELECT seq, row FROM spool WHERE seq > ? AND seq < ? ORDER BY seq LIMIT ?"
            }
            Direction::Down => {
                "SELECT seq, row FROM spool WHERE seq > ? AND seq < ? ORDER BY seq DESC LIMIT ?"
            }
        };
        let found: Result<Vec<(i64, String)>, _> = query_as(text)
            .bind(last)
            .bind(below)
            .bind(PIECE)
            .fetch_all(&mut *from)
            .await;
        // An error is the damage itself: this way leads no further.
        let Ok(rows) = found else {
            return Ok((copied, last));
        };
        let Some((end, _)) = rows.last() else {
            return Ok((copied, last));
        };
        match direction {
            Direction::Up => last = *end,
            Direction::Down => below = *end,
        }
        let mut transaction = to.begin().await?;
        for (_, row) in &rows {
            query("INSERT INTO spool (row) VALUES (?)")
                .bind(row)
                .execute(&mut *transaction)
                .await?;
            copied += 1;
        }
        transaction.commit().await?;
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
