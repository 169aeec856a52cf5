//! The filter that selects the events and spans that are relevant to the layer.

use std::sync::Arc;

use behavior_trace_core::{Mirror, keys};
use tracing_core::subscriber::Interest;
use tracing_core::{Metadata, metadata::LevelFilter};
use tracing_subscriber::layer::{Context, Filter};

use crate::meanings::Meanings;

/// A filter that enables events under the recorder's target and spans that declare a context field.
#[derive(Clone, Debug)]
pub(crate) struct OwnCallsites {
    pub(crate) meanings: Arc<Meanings>,
    pub(crate) max_level: LevelFilter,
}

impl OwnCallsites {
    fn own(&self, metadata: &Metadata<'_>) -> bool {
        if metadata.is_span() {
            self.meanings.any_in(metadata)
        } else {
            is_own_event(metadata)
        }
    }
}

/// Returns whether an event is hand-written for the recorder.
pub(crate) fn is_own_event(metadata: &Metadata<'_>) -> bool {
    metadata.target() == keys::TARGET && !Mirror::made(metadata)
}

impl<S> Filter<S> for OwnCallsites {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.own(metadata)
    }

    /// Returns `never` or `sometimes`, but not `always`. If all filters of a subscriber returned `always`, `tracing` would
    /// not call them for the event or span at hand. Their previous decision, made for another callsite, would then apply to
    /// it.
    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.is_span() {
            // Fills the cache for this callsite.
            self.meanings.of(metadata);
        }
        if self.own(metadata) {
            Interest::sometimes()
        } else {
            Interest::never()
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.max_level)
    }
}
