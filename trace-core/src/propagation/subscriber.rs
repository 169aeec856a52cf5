//! The subscriber that travels with a context: when it is taken along, and when it is entered.

use std::sync::Arc;

use tracing_core::Dispatch;
use tracing_core::dispatcher::{self, DefaultGuard};

use crate::context::Along;
use crate::layer_handle::{self, LayerHandle};

impl Along {
    /// Takes the current subscriber along if it is to go along.
    pub(super) fn around() -> Self {
        layer_handle::around(Self::of).unwrap_or(Self::NOTHING)
    }

    /// Takes `dispatch` along if the handle in it leads to a sink that goes along.
    pub(super) fn of(dispatch: &Dispatch, handle: &LayerHandle) -> Self {
        let along = handle.sink().goes_along();
        Self(along.then(|| Arc::new(dispatch.clone())))
    }

    /// Makes it the thread's current subscriber until the guard is dropped, unless one that goes along is current already:
    /// the nearest collects.
    pub(super) fn enter(&self) -> Option<DefaultGuard> {
        let dispatch = self.0.as_deref()?;
        let nearer = layer_handle::around(|_, handle| handle.sink().goes_along()).unwrap_or(false);
        (!nearer).then(|| dispatcher::set_default(dispatch))
    }
}
