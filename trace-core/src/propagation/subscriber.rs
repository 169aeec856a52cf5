//! The subscriber that a context propagates, and the conditions for taking and entering it.

use std::sync::Arc;

use tracing_core::Dispatch;
use tracing_core::dispatcher::{self, DefaultGuard};

use crate::context::Along;
use crate::layer_handle::{self, LayerHandle};

impl Along {
    /// Takes the current subscriber, if its sink wants to be propagated.
    pub(super) fn around() -> Self {
        layer_handle::around(Self::of).unwrap_or(Self::NOTHING)
    }

    /// Takes `dispatch`, if the sink of its handle wants to be propagated.
    pub(super) fn of(dispatch: &Dispatch, handle: &LayerHandle) -> Self {
        let along = handle.sink().goes_along();
        Self(along.then(|| Arc::new(dispatch.clone())))
    }

    /// Makes it the thread's current subscriber until the guard is dropped. It does nothing if a propagated one is current:
    /// the nearest collects.
    pub(super) fn enter(&self) -> Option<DefaultGuard> {
        let dispatch = self.0.as_deref()?;
        let nearer = layer_handle::around(|_, handle| handle.sink().goes_along()).unwrap_or(false);
        (!nearer).then(|| dispatcher::set_default(dispatch))
    }
}
