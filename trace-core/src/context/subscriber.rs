//! A subscriber that a context propagates. A test's subscriber belongs to one scope and is not current anywhere else.

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use tracing_core::Dispatch;

/// The propagated subscriber, if there is one.
#[derive(Clone, Debug)]
pub(crate) struct Along(pub(crate) Option<Arc<Dispatch>>);

/// After a panic a subscriber is as usable as the global one, which every thread keeps after a panic.
impl UnwindSafe for Along {}
impl RefUnwindSafe for Along {}

impl Along {
    pub(crate) const NOTHING: Self = Self(None);

    /// Returns this one, or `other` if this one is empty.
    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0.or(other.0))
    }
}
