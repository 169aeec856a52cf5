//! A subscriber that goes where contexts go: a test's is that of one scope, and not around anywhere else.

use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use tracing_core::Dispatch;
use tracing_core::dispatcher::{self, DefaultGuard};

use crate::tap::{self, LayerHandle};

/// The subscriber that is taken along, if the one around where this was made is to be.
#[derive(Clone, Debug)]
pub(super) struct Along(Option<Arc<Dispatch>>);

/// A panic leaves a subscriber as usable as the global one, which every thread has after it.
impl UnwindSafe for Along {}
impl RefUnwindSafe for Along {}

impl Along {
    pub(super) const NOTHING: Self = Self(None);

    /// Takes the current subscriber along if it is to go along.
    pub(super) fn around() -> Self {
        tap::around(Self::of).unwrap_or(Self::NOTHING)
    }

    /// Takes `dispatch` along if the tap in it leads to a sink that goes along.
    pub(super) fn of(dispatch: &Dispatch, tap: &LayerHandle) -> Self {
        let along = tap.sink().goes_along();
        Self(along.then(|| Arc::new(dispatch.clone())))
    }

    /// Returns this, or `other` where there is nothing to take along.
    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0.or(other.0))
    }

    /// Makes it the thread's current subscriber until the guard is dropped, unless one that goes along is around already:
    /// the nearest collects.
    pub(super) fn enter(&self) -> Option<DefaultGuard> {
        let dispatch = self.0.as_deref()?;
        let nearer = tap::around(|_, tap| tap.sink().goes_along()).unwrap_or(false);
        (!nearer).then(|| dispatcher::set_default(dispatch))
    }
}
