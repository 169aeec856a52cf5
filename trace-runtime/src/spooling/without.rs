//! Without the feature `sqlite` there is no spool.

#![expect(
    clippy::unused_self,
    clippy::unused_async,
    reason = "the same shape as with a spool"
)]

use std::future::pending;
use std::sync::Arc;

use behavior_trace_core::Activity;
use tokio::time::Instant;

use crate::shared::Shared;

/// No spool.
#[derive(Debug)]
pub(crate) struct Spooling(());

impl Spooling {
    pub(crate) fn new(_: &Arc<Shared>) -> Self {
        Self(())
    }

    pub(crate) async fn look_after(&mut self, _: Instant) {}

    pub(crate) async fn changed(&mut self) {
        pending().await
    }

    pub(crate) const fn is_ready(&self, _: Instant) -> bool {
        false
    }

    pub(crate) const fn may_take(&self, _: Instant) -> bool {
        false
    }

    pub(crate) const fn is_opening(&self) -> bool {
        false
    }

    pub(crate) const fn rows(&self, _: Instant) -> u64 {
        0
    }

    pub(crate) async fn append(&mut self, _: &[Activity<'_>]) -> bool {
        false
    }

    pub(crate) async fn bury(&mut self, _: Option<i64>, _: &Activity<'_>, _: &str) -> Option<bool> {
        None
    }

    pub(crate) async fn close(&mut self) {}
}
