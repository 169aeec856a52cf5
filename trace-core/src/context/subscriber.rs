//! A subscriber that travels with a context: a test's is that of one scope, and is not current anywhere else.

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use tracing_core::Dispatch;

/// The subscriber that travels along, if there is one.
#[derive(Clone, Debug)]
pub(crate) struct Along(pub(crate) Option<Arc<Dispatch>>);

/// A panic leaves a subscriber as usable as the global one, which every thread has after it.
impl UnwindSafe for Along {}
impl RefUnwindSafe for Along {}

impl Along {
    pub(crate) const NOTHING: Self = Self(None);

    /// Returns this, or `other` where there is nothing to take along.
    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0.or(other.0))
    }
}
