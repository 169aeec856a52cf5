//! One spool: a SQLite file of rows, read oldest first, and of dead letters.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use behavior_trace_core::{Activity, Timestamp};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, query, query_as, query_scalar};

use super::error::{SpoolError, SpoolErrorKind};
use super::file::{self, Opened, size};
use super::salvage::Salvage;
use super::salvage::pages::has_odd_free_list;
use super::slot::Slot;
use super::storage::{Beside, Letter, NotOpened, SalvageStep, SpoolFile, SpoolPage};
use super::{damaged_files, dead_letter};
use crate::wire;

/// Maximum number of rows moved at once from a dead process's spool.
pub(super) const MOVED: usize = 500;
const MOVED_BYTES: usize = 1 << 20;
/// Maximum number of dead letters kept. More would not help to find the cause.
pub(super) const LETTERS: i64 = 10_000;

/// Spool of this process.
#[derive(Debug)]
pub struct Spool {
    pub(super) connection: SqliteConnection,
    slot: Slot,
    is_exclusive: bool,
    most_bytes: u64,
    /// Last row number at the opening.
    last: i64,
    /// Damaged files of the slot that remain to be read, the oldest first.
    damaged: VecDeque<PathBuf>,
    salvage: Option<Salvage>,
    /// Number up to which the rows have been moved elsewhere, though perhaps not removed.
    moved: Option<i64>,
}

impl Spool {
    /// Opens the spool of a slot in any state. Returns the spool, its number of rows unless they are to be counted in the
    /// background, and the problem found.
    pub(crate) async fn open(
        slot: Slot,
        most_bytes: u64,
    ) -> Result<(Self, Option<u64>, Option<String>), (Slot, SpoolError)> {
        let file = slot.file();
        let opened = match Self::try_open(slot, most_bytes).await {
            // Damage was seen once. The second opening checks the file.
            Err((slot, error)) if error.kind() == SpoolErrorKind::Damaged && slot.suspected => {
                Self::try_open(slot, most_bytes).await
            }
            opened => opened,
        };
        opened.map_err(|(slot, error)| (slot, error.at(&file)))
    }

    /// Opens the spool of a slot for a program that does not spool. A damaged file stays as it is and where it is.
    pub(super) async fn open_in_place(mut slot: Slot) -> Result<Self, SpoolError> {
        slot.suspected |= has_odd_free_list(&slot.file());
        Self::open_as_is(slot).await
    }

    /// Opens the spool of a slot like [`open_in_place`](Self::open_in_place), after a check of the whole file.
    pub(super) async fn open_checked(mut slot: Slot) -> Result<Self, SpoolError> {
        slot.suspected = true;
        Self::open_as_is(slot).await
    }

    async fn open_as_is(slot: Slot) -> Result<Self, SpoolError> {
        let opened = file::open_sound(&slot, u64::MAX).await?;
        let opened = Self::opened(slot, opened, u64::MAX).await;
        opened.map(|(spool, ..)| spool).map_err(|(_, error)| error)
    }

    async fn try_open(
        mut slot: Slot,
        most_bytes: u64,
    ) -> Result<(Self, Option<u64>, Option<String>), (Slot, SpoolError)> {
        match file::open(&mut slot, most_bytes).await {
            Ok(opened) => Self::opened(slot, opened, most_bytes).await,
            Err(error) => Err((slot, error)),
        }
    }

    async fn opened(
        slot: Slot,
        opened: Opened,
        most_bytes: u64,
    ) -> Result<(Self, Option<u64>, Option<String>), (Slot, SpoolError)> {
        let Opened {
            mut connection,
            is_exclusive,
            complaint,
        } = opened;
        match look(&slot, &mut connection, is_exclusive).await {
            Ok((last, rows, damaged)) => {
                let spool = Self {
                    connection,
                    slot,
                    is_exclusive,
                    most_bytes,
                    last,
                    damaged,
                    salvage: None,
                    moved: None,
                };
                Ok((spool, rows, complaint))
            }
            Err(error) => {
                let _ = connection.close().await;
                let mut slot = slot;
                slot.suspected |= error.kind() == SpoolErrorKind::Damaged;
                Err((slot, error))
            }
        }
    }

    /// Returns the number of rows.
    pub(super) async fn rows(&mut self) -> Result<u64, SpoolError> {
        let rows: i64 = query_scalar("SELECT count(*) FROM spool")
            .fetch_one(&mut self.connection)
            .await?;
        Ok(u64::try_from(rows).unwrap_or(0))
    }

    /// Closes the file and folds in its log.
    pub(super) async fn close_file(mut self) -> Slot {
        // The file is whole without this; it only saves the next start some work.
        let _ = query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut self.connection)
            .await;
        if let Some(salvage) = self.salvage.take() {
            salvage.close().await;
        }
        let _ = self.connection.close().await;
        self.slot
    }

    /// Converts rows as they are in the file. A damaged text need not be UTF-8.
    async fn found(&mut self, found: Vec<(i64, Vec<u8>)>) -> Result<SpoolPage, SpoolError> {
        let text = |row: Vec<u8>| {
            String::from_utf8(row)
                .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
        };
        let found = found.into_iter().map(|(number, row)| (number, text(row)));
        self.page(found.collect()).await
    }

    async fn page(&mut self, found: Vec<(i64, String)>) -> Result<SpoolPage, SpoolError> {
        let mut page = SpoolPage::default();
        for (number, row) in found {
            if let Some(row) = wire::parse(&row) {
                page.numbers.push(number);
                page.rows.push(row);
                continue;
            }
            let text = LetterText {
                number: Some(number),
                row: Cow::Borrowed(&row),
                reason: "the spooled row cannot be read",
            };
            match self.keep_text(&text, i64::MAX).await {
                Ok(true) => page.buried += 1,
                Ok(false) => page.lost += 1,
                Err(error) if page.is_empty() => return Err(error),
                // The work done so far has to be counted; the next call meets the error first.
                Err(_) => break,
            }
        }
        Ok(page)
    }

    async fn keep_text(&mut self, text: &LetterText<'_>, most: i64) -> Result<bool, SpoolError> {
        let moved = self
            .move_to_dead_letters(std::slice::from_ref(text), most)
            .await;
        match (moved, text.number) {
            // There is no room even after its own removal. As long as the spool is full, the row would block all others.
            (Err(error), Some(number)) if error.kind() == SpoolErrorKind::Full => {
                self.remove(&[number]).await?;
                Ok(false)
            }
            (moved, _) => Ok(moved?.contains(&true)),
        }
    }

    async fn move_to_dead_letters(
        &mut self,
        texts: &[LetterText<'_>],
        most: i64,
    ) -> Result<Vec<bool>, SpoolError> {
        let mut transaction = self.connection.begin().await?;
        let mut kept = Vec::with_capacity(texts.len());
        for text in texts {
            // The deletion comes first, because it frees room.
            if let Some(number) = text.number {
                query("DELETE FROM spool WHERE seq = ?")
                    .bind(number)
                    .execute(&mut *transaction)
                    .await?;
            }
            let done = query(
                "INSERT INTO dead_letter (buried_at, reason, row) \
                 SELECT ?, ?, ? WHERE (SELECT count(*) FROM dead_letter) < ?",
            )
            .bind(Timestamp::now().to_string())
            .bind(text.reason)
            .bind(&*text.row)
            .bind(most)
            .execute(&mut *transaction)
            .await?;
            kept.push(done.rows_affected() > 0);
        }
        transaction.commit().await?;
        Ok(kept)
    }
}

/// A dead letter in its stored form.
struct LetterText<'a> {
    number: Option<i64>,
    row: Cow<'a, str>,
    reason: &'a str,
}

impl SpoolFile for Spool {
    type Slot = Slot;

    async fn append(&mut self, rows: &[Activity<'_>]) -> Result<i64, SpoolError> {
        let rows = wire::encode_all(rows);
        let done = query("INSERT INTO spool (row) SELECT value FROM json_each(?)")
            .bind(rows)
            .execute(&mut self.connection)
            .await?;
        Ok(done.last_insert_rowid())
    }

    /// Returns the oldest rows. An unreadable row becomes a dead letter.
    async fn oldest(
        &mut self,
        after: Option<i64>,
        rows: usize,
        bytes: usize,
    ) -> Result<SpoolPage, SpoolError> {
        let found: Vec<(i64, Vec<u8>)> = query_as(
            "SELECT seq, row FROM \
               (SELECT seq, row, sum(length(row)) OVER (ORDER BY seq) AS total FROM \
                 (SELECT seq, CAST(coalesce(row, '') AS BLOB) AS row FROM spool WHERE seq > ? ORDER BY seq LIMIT ?)) \
             WHERE total - length(row) < ? ORDER BY seq",
        )
        .bind(after.unwrap_or(i64::MIN))
        .bind(size(rows))
        .bind(size(bytes))
        .fetch_all(&mut self.connection)
        .await?;
        self.found(found).await
    }

    async fn read(&mut self, numbers: &[i64]) -> Result<SpoolPage, SpoolError> {
        let found: Vec<(i64, Vec<u8>)> = query_as(
            "SELECT seq, CAST(coalesce(row, '') AS BLOB) FROM spool WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq",
        )
        .bind(format!("{numbers:?}"))
        .fetch_all(&mut self.connection)
        .await?;
        self.found(found).await
    }

    async fn replace(&mut self, rows: &[(i64, Activity<'_>)]) -> Result<(), SpoolError> {
        let mut transaction = self.connection.begin().await?;
        for (number, row) in rows {
            query("UPDATE spool SET row = ? WHERE seq = ?")
                .bind(wire::encode(row))
                .bind(number)
                .execute(&mut *transaction)
                .await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    async fn remove(&mut self, numbers: &[i64]) -> Result<(), SpoolError> {
        let numbers = format!("{numbers:?}");
        let delete = || query("DELETE FROM spool WHERE seq IN (SELECT value FROM json_each(?))");
        let removed = delete().bind(&numbers).execute(&mut self.connection).await;
        match removed.map_err(SpoolError::from) {
            Err(error) if error.kind() == SpoolErrorKind::Full => {
                // The checkpoint frees room in the log.
                query("PRAGMA wal_checkpoint(PASSIVE)")
                    .execute(&mut self.connection)
                    .await?;
                delete()
                    .bind(&numbers)
                    .execute(&mut self.connection)
                    .await?;
            }
            removed => {
                removed?;
            }
        }
        Ok(())
    }

    /// Adds all letters in one transaction, or one by one if there is no room for all.
    async fn add_dead_letters(&mut self, letters: &[Letter<'_>]) -> Result<Vec<bool>, SpoolError> {
        let texts: Vec<_> = letters
            .iter()
            .map(|letter| LetterText {
                number: letter.number,
                row: Cow::Owned(wire::encode(letter.row)),
                reason: letter.reason,
            })
            .collect();
        match self.move_to_dead_letters(&texts, LETTERS).await {
            Err(error) if error.kind() == SpoolErrorKind::Full && texts.len() > 1 => {}
            Err(error) if error.kind() != SpoolErrorKind::Full => return Err(error),
            Ok(kept) => return Ok(kept),
            Err(_) => {}
        }
        let mut kept = Vec::with_capacity(texts.len());
        for text in &texts {
            kept.push(self.keep_text(text, LETTERS).await?);
        }
        Ok(kept)
    }

    /// Moves rows, and after the last of them the dead letters. A crash in between leaves rows or letters in both files.
    /// Rows keep their ids, so that does no harm; some letters appear twice.
    async fn recover(&mut self, other: &mut Self) -> Result<Option<u64>, SpoolError> {
        let page = other.oldest(other.moved, MOVED, MOVED_BYTES).await?;
        if !page.rows.is_empty() {
            self.append(&page.rows).await?;
            other.moved = page.numbers.last().copied();
            // There may be no room for the log. The rows now belong to this spool, and the other file is removed as a whole.
            let _ = other.remove(&page.numbers).await;
        } else if page.is_empty() {
            let moved = dead_letter::move_some(&mut other.connection, &mut self.connection, MOVED);
            if moved.await? == 0 {
                return Ok(None);
            }
        }
        Ok(Some(page.rows.len() as u64))
    }

    fn count(&self, stop: Arc<AtomicBool>) -> Beside<u64> {
        let (file, last) = (self.slot.file(), self.last);
        Box::pin(async move {
            let (mut connection, names) = file::connect_beside(&file).await?;
            file::heed(&mut connection, stop).await?;
            let rows = query_scalar("SELECT count(*) FROM spool WHERE seq <= ?")
                .bind(last)
                .fetch_one(&mut connection)
                .await;
            let _ = connection.close().await;
            drop(names);
            let rows: i64 = rows?;
            Ok(u64::try_from(rows).unwrap_or(0))
        })
    }

    fn check(&self, stop: Arc<AtomicBool>) -> Beside<()> {
        let file = self.slot.file();
        let is_exclusive = self.is_exclusive;
        Box::pin(async move {
            if is_exclusive {
                return Ok(());
            }
            let (mut connection, names) = file::connect_beside(&file).await?;
            file::heed(&mut connection, stop).await?;
            let checked = file::check(&mut connection).await;
            let _ = connection.close().await;
            drop(names);
            checked
        })
    }

    async fn present(&mut self, numbers: &[i64]) -> Result<Vec<i64>, SpoolError> {
        let found = query_scalar(
            "SELECT seq FROM spool WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq",
        )
        .bind(format!("{numbers:?}"))
        .fetch_all(&mut self.connection)
        .await?;
        Ok(found)
    }

    fn has_salvage(&self) -> bool {
        self.salvage.is_some() || !self.damaged.is_empty()
    }

    async fn salvage(&mut self) -> Result<Option<SalvageStep>, SpoolError> {
        loop {
            let mut salvage = match (self.salvage.take(), self.damaged.front()) {
                (Some(salvage), _) => salvage,
                (None, Some(path)) => Salvage::begin(path.clone(), &mut self.connection).await?,
                (None, None) => return Ok(None),
            };
            match salvage.step(&mut self.connection).await {
                Ok(Some(step)) => {
                    self.salvage = Some(salvage);
                    return Ok(Some(step));
                }
                Ok(None) => {
                    salvage.end(&mut self.connection).await?;
                    self.damaged.pop_front();
                }
                Err(error) => {
                    salvage.close().await;
                    return Err(error);
                }
            }
        }
    }

    fn place(&self) -> String {
        self.slot.file().display().to_string()
    }

    fn is_alone(&self) -> bool {
        self.is_exclusive
    }

    async fn share(mut self) -> Result<Self, NotOpened<Slot>> {
        if !self.is_exclusive || !file::has_room(self.slot.directory()) {
            return Ok(self);
        }
        // The file has to be closed to give up the index in memory.
        let _ = self.connection.close().await;
        match file::open_sound(&self.slot, self.most_bytes).await {
            Ok(opened) => {
                self.connection = opened.connection;
                self.is_exclusive = opened.is_exclusive;
                Ok(self)
            }
            Err(error) => {
                self.slot.suspected |= error.kind() == SpoolErrorKind::Damaged;
                Err(NotOpened {
                    error: error.at(&self.slot.file()),
                    slot: Some(self.slot),
                })
            }
        }
    }

    async fn shrink(&mut self) -> Result<bool, SpoolError> {
        query("PRAGMA incremental_vacuum(1000)")
            .execute(&mut self.connection)
            .await?;
        let free: i64 = query_scalar("PRAGMA freelist_count")
            .fetch_one(&mut self.connection)
            .await?;
        if free > 0 {
            return Ok(true);
        }
        query("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(&mut self.connection)
            .await?;
        Ok(false)
    }

    async fn discard(mut self) -> Result<Slot, Self> {
        let letters = query_scalar::<_, i64>("SELECT EXISTS (SELECT 1 FROM dead_letter)")
            .fetch_one(&mut self.connection)
            .await;
        if self.has_salvage() || !matches!(letters, Ok(0)) {
            return Err(self);
        }
        // The log is not folded in, because there may be no room and it holds nothing of use.
        let _ = self.connection.close().await;
        self.slot.clear().await;
        Ok(self.slot)
    }

    fn suspect(&mut self) {
        self.slot.suspected = true;
    }

    async fn close(self) -> Slot {
        self.close_file().await
    }

    async fn dissolve(self) {
        let slot = self.close_file().await;
        slot.clear().await;
    }
}

/// Returns the last number, the number of rows if no other connection can count them, and the damaged files to read.
async fn look(
    slot: &Slot,
    connection: &mut SqliteConnection,
    is_exclusive: bool,
) -> Result<(i64, Option<u64>, VecDeque<PathBuf>), SpoolError> {
    let last: i64 = query_scalar("SELECT coalesce(max(seq), 0) FROM spool")
        .fetch_one(&mut *connection)
        .await?;
    let mut rows = (last == 0).then_some(0);
    if is_exclusive {
        let counted: i64 = query_scalar("SELECT count(*) FROM spool")
            .fetch_one(connection)
            .await?;
        rows = u64::try_from(counted).ok();
    }
    Ok((
        last,
        rows,
        damaged_files::unfinished(slot.directory())?.into(),
    ))
}
