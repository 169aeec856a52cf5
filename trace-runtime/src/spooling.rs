//! The writer's spool, if it has one.

use std::future::pending;

use behavior_trace_core::Activity;

use crate::recorder::Shared;

/// See the module.
#[derive(Debug)]
pub(crate) struct Spooling(());

impl Spooling {
    pub(crate) fn new(_shared: &Shared) -> Self {
        Self(())
    }

    pub(crate) const fn is_ready(&self) -> bool {
        false
    }

    pub(crate) const fn is_settled(&self) -> bool {
        true
    }

    pub(crate) const fn rows(&self) -> u64 {
        0
    }

    pub(crate) async fn changed(&mut self) {
        pending().await
    }

    pub(crate) async fn append(&mut self, _rows: &[Activity]) -> bool {
        false
    }

    pub(crate) async fn oldest(
        &mut self,
        _rows: usize,
        _bytes: usize,
    ) -> Option<(Vec<i64>, Vec<Activity>)> {
        None
    }

    pub(crate) async fn remove(&mut self, _numbers: &[i64]) {}

    pub(crate) async fn bury(
        &mut self,
        _number: Option<i64>,
        _row: &Activity,
        _reason: &str,
    ) -> bool {
        false
    }

    pub(crate) async fn close(&mut self) {}
}
