//! The spool interface of a build without the feature `sqlite`, which has no spool.

use std::convert::Infallible;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use behavior_trace_core::Activity;

use super::error::{SpoolError, SpoolErrorKind};
use super::storage::{
    Beside, Letter, NotOpened, OpenedSpool, SalvageStep, SpoolFile, SpoolPage, SpoolStorage,
    StaleError,
};

/// Storage that cannot hold a spool.
#[derive(Clone, Debug)]
pub struct NoStorage(());

impl NoStorage {
    pub const fn new(_: &Path, _: u64) -> Self {
        Self(())
    }
}

/// A slot that does not exist.
#[derive(Debug)]
pub struct BufferSlot(Infallible);

/// Slots for mapped buffers, of which there are none.
#[derive(Clone, Debug)]
pub struct BufferSlots(());

impl BufferSlot {
    /// Returns the directory.
    pub const fn directory(&self) -> &Path {
        match self.0 {}
    }

    /// Returns the number of the slot.
    pub const fn number(&self) -> usize {
        match self.0 {}
    }
}

impl BufferSlots {
    /// Returns no slots.
    pub const fn new(_: &Path) -> Self {
        Self(())
    }

    /// Returns `false`.
    pub const fn is_suitable(_: &Path) -> bool {
        false
    }

    /// Returns no slots.
    ///
    /// # Errors
    ///
    /// Never fails.
    pub const fn all(&self) -> io::Result<Vec<(usize, std::path::PathBuf, bool)>> {
        Ok(Vec::new())
    }

    /// Refuses.
    ///
    /// # Errors
    ///
    /// Always fails.
    pub fn claim(&self) -> io::Result<BufferSlot> {
        Err(io::Error::other("the feature `sqlite` is off"))
    }

    /// Finds nothing.
    ///
    /// # Errors
    ///
    /// Never fails.
    pub fn left(
        &self,
        _: usize,
        _: impl Fn(&Path) -> io::Result<bool>,
    ) -> Result<Option<BufferSlot>, (usize, io::Error)> {
        Ok(None)
    }
}

/// Refuses every directory.
///
/// # Errors
///
/// Always fails.
pub fn check(_: &Path) -> io::Result<()> {
    Err(io::Error::other("the feature `sqlite` is off"))
}

/// Returns no warning.
pub const fn warning(_: &Path) -> Option<String> {
    None
}

impl SpoolStorage for NoStorage {
    type Slot = Infallible;
    type Spool = Infallible;

    async fn open(
        &self,
        slot: Option<Infallible>,
    ) -> Result<OpenedSpool<Infallible>, NotOpened<Infallible>> {
        Err(NotOpened {
            slot,
            error: SpoolError::new(SpoolErrorKind::Unusable, "the feature `sqlite` is off"),
        })
    }

    async fn open_stale(
        &self,
        _: usize,
    ) -> Result<Option<(usize, OpenedSpool<Infallible>)>, StaleError> {
        Ok(None)
    }
}

impl SpoolFile for Infallible {
    type Slot = Infallible;

    async fn append(&mut self, _: &[Activity<'_>]) -> Result<i64, SpoolError> {
        match *self {}
    }

    async fn oldest(
        &mut self,
        _: Option<i64>,
        _: usize,
        _: usize,
    ) -> Result<SpoolPage, SpoolError> {
        match *self {}
    }

    async fn read(&mut self, _: &[i64]) -> Result<SpoolPage, SpoolError> {
        match *self {}
    }

    async fn replace(&mut self, _: &[(i64, Activity<'_>)]) -> Result<(), SpoolError> {
        match *self {}
    }

    async fn remove(&mut self, _: &[i64]) -> Result<(), SpoolError> {
        match *self {}
    }

    async fn add_dead_letters(&mut self, _: &[Letter<'_>]) -> Result<Vec<bool>, SpoolError> {
        match *self {}
    }

    async fn recover(&mut self, _: &mut Self) -> Result<Option<u64>, SpoolError> {
        match *self {}
    }

    fn count(&self, _: Arc<AtomicBool>) -> Beside<u64> {
        match *self {}
    }

    fn check(&self, _: Arc<AtomicBool>) -> Beside<()> {
        match *self {}
    }

    async fn present(&mut self, _: &[i64]) -> Result<Vec<i64>, SpoolError> {
        match *self {}
    }

    fn has_salvage(&self) -> bool {
        match *self {}
    }

    async fn salvage(&mut self) -> Result<Option<SalvageStep>, SpoolError> {
        match *self {}
    }

    fn place(&self) -> String {
        match *self {}
    }

    fn is_alone(&self) -> bool {
        match *self {}
    }

    async fn share(self) -> Result<Self, NotOpened<Infallible>> {
        match self {}
    }

    async fn shrink(&mut self) -> Result<bool, SpoolError> {
        match *self {}
    }

    async fn discard(self) -> Result<Infallible, Self> {
        match self {}
    }

    fn suspect(&mut self) {
        match *self {}
    }

    async fn close(self) -> Infallible {
        match self {}
    }

    async fn dissolve(self) {
        match self {}
    }
}
