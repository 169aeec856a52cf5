//! Without the feature `sqlite` there is no spool.

use std::convert::Infallible;

use behavior_trace_core::Activity;

use super::error::{SpoolError, SpoolErrorKind};
use super::storage::{
    Letter, NotOpened, OpenedSpool, SpoolFile, SpoolPage, SpoolStorage, StaleError,
};
use crate::config::Config;

/// No place for a spool.
#[derive(Clone, Debug)]
pub(crate) struct NoStorage(());

impl NoStorage {
    pub(crate) const fn new(_: &Config) -> Self {
        Self(())
    }
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

    async fn open_stale(&self, _: usize) -> Result<Option<(usize, Infallible)>, StaleError> {
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

    async fn close(self) -> Infallible {
        match self {}
    }

    async fn dissolve(self) {
        match self {}
    }
}
