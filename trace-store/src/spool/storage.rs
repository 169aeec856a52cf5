//! What the writer needs of a place for spools: real files, or a model of them.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use behavior_trace_core::Activity;

use super::error::SpoolError;

/// Where this process and those before it keep their spools.
#[expect(
    async_fn_in_trait,
    reason = "its calls run on the thread of whoever delivers, alone"
)]
pub trait SpoolStorage: Clone + Send + 'static {
    /// The right to a spool, which no other process has.
    type Slot: 'static;
    /// One spool, held by this process.
    type Spool: SpoolFile<Slot = Self::Slot>;

    /// Opens the spool of this process: that of the slot it holds, or else the first that nobody holds.
    async fn open(
        &self,
        held: Option<Self::Slot>,
    ) -> Result<OpenedSpool<Self::Spool>, NotOpened<Self::Slot>>;

    /// Opens the first spool, from this slot on, that a dead process left something in; with the slot after it.
    async fn open_stale(
        &self,
        first: usize,
    ) -> Result<Option<(usize, OpenedSpool<Self::Spool>)>, StaleError>;
}

/// A spool that is open.
#[derive(Debug)]
pub struct OpenedSpool<F> {
    pub spool: F,
    /// How many rows are in it, unless they are to be counted beside the work.
    pub rows: Option<u64>,
    /// What was not as it should be on the way.
    pub complaints: Vec<String>,
}

/// Why a spool could not be opened, and the slot that is held all the same: another process would take over what is in it.
#[derive(Debug)]
pub struct NotOpened<S> {
    pub slot: Option<S>,
    pub error: SpoolError,
}

/// Why a dead process's spool could not be opened, and the slot after it.
#[derive(Debug)]
pub struct StaleError {
    pub next: usize,
    pub error: SpoolError,
    /// Something may be in it.
    pub is_left: bool,
}

/// What one step of a salvage came to.
#[derive(Debug, Default)]
pub struct SalvageStep {
    /// Rows that are in this spool now.
    pub rows: u64,
    pub letters: u64,
    /// Rows that could not be read, as far as that is known.
    pub lost: u64,
    /// What became of a damaged file that has been read to its end.
    pub report: Option<String>,
    /// Whether all of that could be read.
    pub is_whole: bool,
}

/// Work on a spool beside that of its owner, on a connection of its own.
pub type Beside<T> = Pin<Box<dyn Future<Output = Result<T, SpoolError>>>>;

/// A row that is to be a dead letter.
#[derive(Clone, Copy, Debug)]
pub struct Letter<'a> {
    /// Its number, if it is in the spool and to leave it.
    pub number: Option<i64>,
    pub row: &'a Activity<'a>,
    pub reason: &'a str,
}

/// Rows of a spool.
#[derive(Debug, Default)]
pub struct SpoolPage {
    /// Their numbers in it.
    pub numbers: Vec<i64>,
    pub rows: Vec<Activity<'static>>,
    /// Rows that could not be read, and are dead letters from now on.
    pub buried: u64,
    /// Rows that could not be read, and for which there was no room among the dead letters.
    pub lost: u64,
}

impl SpoolPage {
    /// Whether nothing was found, not even what could not be read.
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.buried == 0 && self.lost == 0
    }
}

/// One spool. What a call has done is on disk when it returns; with an error nothing of it is.
#[expect(
    async_fn_in_trait,
    reason = "its calls run on the thread of whoever delivers, alone"
)]
pub trait SpoolFile: 'static {
    /// What it leaves when it is closed.
    type Slot;

    /// Adds rows at the end, under consecutive numbers; returns the last.
    async fn append(&mut self, rows: &[Activity<'_>]) -> Result<i64, SpoolError>;

    /// The oldest rows after that number, as many as asked for and about as many bytes.
    async fn oldest(
        &mut self,
        after: Option<i64>,
        rows: usize,
        bytes: usize,
    ) -> Result<SpoolPage, SpoolError>;

    /// The rows under these numbers, as far as they are there.
    async fn read(&mut self, numbers: &[i64]) -> Result<SpoolPage, SpoolError>;

    /// Puts other rows in the place of those under these numbers.
    async fn replace(&mut self, rows: &[(i64, Activity<'_>)]) -> Result<(), SpoolError>;

    /// Takes out rows that are safe elsewhere.
    async fn remove(&mut self, numbers: &[i64]) -> Result<(), SpoolError>;

    /// Keeps rows that no store takes. One that has a number leaves the spool in the same moment. Returns of each whether
    /// there was room for it; if not, it is gone.
    async fn add_dead_letters(&mut self, letters: &[Letter<'_>]) -> Result<Vec<bool>, SpoolError>;

    /// Moves some rows from a dead process's spool to this one. Returns how many, `None` when the other is empty.
    async fn recover(&mut self, other: &mut Self) -> Result<Option<u64>, SpoolError>;

    /// Counts the rows that it had when it was opened, unless it is told to stop.
    fn count(&self, stop: Arc<AtomicBool>) -> Beside<u64>;

    /// Looks for damage, unless it is told to stop.
    fn check(&self, stop: Arc<AtomicBool>) -> Beside<()>;

    /// Those of the numbers that are in it.
    async fn present(&mut self, numbers: &[i64]) -> Result<Vec<i64>, SpoolError>;

    /// Whether there are damaged files to be read.
    fn has_salvage(&self) -> bool;

    /// Reads some more of the damaged files of its slot. Returns `None` when there is no more.
    async fn salvage(&mut self) -> Result<Option<SalvageStep>, SpoolError>;

    /// The name of its file.
    fn place(&self) -> String;

    /// Whether nobody else can read it.
    fn is_alone(&self) -> bool;

    /// Opens it so that others can read it, if there is room for that now.
    async fn share(self) -> Result<Self, NotOpened<Self::Slot>>
    where
        Self: Sized;

    /// Gives some of the room back that is no longer used. Returns whether there is more.
    async fn shrink(&mut self) -> Result<bool, SpoolError>;

    /// Closes it and removes its file, the rows of which are all safe elsewhere. One that has dead letters stays open.
    async fn discard(self) -> Result<Self::Slot, Self>
    where
        Self: Sized;

    /// Notes that it was called damaged: the next opening of its slot checks all of it.
    fn suspect(&mut self);

    /// Closes it, and keeps its slot.
    async fn close(self) -> Self::Slot;

    /// Closes it and removes it, once it is empty.
    async fn dissolve(self);
}
