//! Interface between the writer and the storage of spools: real files, or a model of them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use behavior_trace_core::Activity;

use super::error::SpoolError;

/// Storage for the spools of this process and of earlier ones.
#[expect(
    async_fn_in_trait,
    reason = "its calls run on the thread of the one that delivers, alone"
)]
pub trait SpoolStorage: Clone + Send + 'static {
    /// Exclusive right to a spool, which no other process has.
    type Slot: 'static;
    /// One spool, owned by this process.
    type Spool: SpoolFile<Slot = Self::Slot>;

    /// Opens the spool of this process: that of the slot it holds, or else the first free one.
    async fn open(
        &self,
        held: Option<Self::Slot>,
    ) -> Result<OpenedSpool<Self::Spool>, NotOpened<Self::Slot>>;

    /// Opens the first spool, starting at this slot, in which a dead process left something. Returns it with the number of
    /// the slot after it.
    async fn open_stale(
        &self,
        first: usize,
    ) -> Result<Option<(usize, OpenedSpool<Self::Spool>)>, StaleError>;
}

/// An opened spool.
#[derive(Debug)]
pub struct OpenedSpool<F> {
    pub spool: F,
    /// Number of rows in it; `None` if they are to be counted in the background.
    pub rows: Option<u64>,
    /// Problems found during the opening.
    pub complaints: Vec<String>,
}

/// Failure to open a spool. It keeps the slot locked, because another process would otherwise take over its rows.
#[derive(Debug)]
pub struct NotOpened<S> {
    pub slot: Option<S>,
    pub error: SpoolError,
}

/// Failure to open a dead process's spool, with the number of the slot after it.
#[derive(Debug)]
pub struct StaleError {
    pub next: usize,
    pub error: SpoolError,
    /// The spool may still hold rows.
    pub is_left: bool,
}

/// Result of one step of a salvage.
#[derive(Debug, Default)]
pub struct SalvageStep {
    /// Rows that were added to this spool.
    pub rows: u64,
    pub letters: u64,
    /// Rows that could not be read, as far as is known.
    pub lost: u64,
    /// Report on a damaged file that was read to its end.
    pub report: Option<String>,
    /// The whole file could be read.
    pub is_whole: bool,
}

/// Background work on a spool, on a separate connection.
pub type Beside<T> = Pin<Box<dyn Future<Output = Result<T, SpoolError>>>>;

/// Start of the reason of a dead letter whose event is stored, but for its payload.
pub const WITHOUT_PAYLOAD: &str = "stored without its payload, the whole row is here";

/// A row that is to become a dead letter.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    /// Number of the row in the spool that it leaves; `None` if it is not in the spool.
    pub number: Option<i64>,
    pub row: &'a Activity<'a>,
    pub reason: &'a str,
}

/// Rows read from a spool.
#[derive(Debug, Default)]
pub struct SpoolPage {
    /// Numbers of the rows in the spool.
    pub numbers: Vec<i64>,
    pub rows: Vec<Activity<'static>>,
    /// Number of unreadable rows that became dead letters.
    pub buried: u64,
    /// Number of unreadable rows that were lost because the dead letters had no room.
    pub lost: u64,
}

impl SpoolPage {
    /// Returns whether nothing was found, not even an unreadable row.
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.buried == 0 && self.lost == 0
    }
}

/// One spool. When a call returns, its changes are on disk; after an error, none of them is.
#[expect(
    async_fn_in_trait,
    reason = "its calls run on the thread of the one that delivers, alone"
)]
pub trait SpoolFile: 'static {
    /// State that remains after the spool is closed.
    type Slot;

    /// Appends rows under consecutive numbers, and returns the last number.
    async fn append(&mut self, rows: &[Activity<'_>]) -> Result<i64, SpoolError>;

    /// Returns the oldest rows after a number, at most `rows` rows and about `bytes` bytes.
    async fn oldest(
        &mut self,
        after: Option<i64>,
        rows: usize,
        bytes: usize,
    ) -> Result<SpoolPage, SpoolError>;

    /// Returns the rows under these numbers, as far as they exist.
    async fn read(&mut self, numbers: &[i64]) -> Result<SpoolPage, SpoolError>;

    /// Replaces the rows under these numbers.
    async fn replace(&mut self, rows: &[(i64, Activity<'_>)]) -> Result<(), SpoolError>;

    /// Removes rows that are safe elsewhere.
    async fn remove(&mut self, numbers: &[i64]) -> Result<(), SpoolError>;

    /// Keeps rows that no store accepts. A row with a number leaves the spool in the same transaction. Returns for each row
    /// whether there was room for it; without room, the row is lost.
    async fn add_dead_letters(&mut self, letters: &[Letter<'_>]) -> Result<Vec<bool>, SpoolError>;

    /// Moves some rows from a dead process's spool to this one. Returns their number, or `None` when the other spool is
    /// empty.
    async fn recover(&mut self, other: &mut Self) -> Result<Option<u64>, SpoolError>;

    /// Counts the rows that the spool had when it was opened, unless `stop` is set.
    fn count(&self, stop: Arc<AtomicBool>) -> Beside<u64>;

    /// Checks the file for damage, unless `stop` is set.
    fn check(&self, stop: Arc<AtomicBool>) -> Beside<()>;

    /// Returns the numbers that exist in the spool.
    async fn present(&mut self, numbers: &[i64]) -> Result<Vec<i64>, SpoolError>;

    /// Returns whether damaged files remain to be read.
    fn has_salvage(&self) -> bool;

    /// Reads the next part of the slot's damaged files. Returns `None` when nothing remains.
    async fn salvage(&mut self) -> Result<Option<SalvageStep>, SpoolError>;

    /// Returns the name of the file.
    fn place(&self) -> String;

    /// Returns whether no other process can read the file.
    fn is_alone(&self) -> bool;

    /// Reopens the spool so that others can read it, if there is room for that now.
    async fn share(self) -> Result<Self, NotOpened<Self::Slot>>
    where
        Self: Sized;

    /// Releases some of the unused room. Returns whether there is more to release.
    async fn shrink(&mut self) -> Result<bool, SpoolError>;

    /// Closes the spool and removes its file, whose rows are all safe elsewhere. A spool with dead letters stays open.
    async fn discard(self) -> Result<Self::Slot, Self>
    where
        Self: Sized;

    /// Marks the file as possibly damaged, so that the next opening of its slot checks the whole file.
    fn suspect(&mut self);

    /// Closes the spool and returns its slot.
    async fn close(self) -> Self::Slot;

    /// Closes an empty spool and removes its file.
    async fn dissolve(self);
}
