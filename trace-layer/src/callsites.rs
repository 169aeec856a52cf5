//! Which events and spans the layer looks at at all.

use std::sync::Arc;

use behavior_trace_core::{Mirror, keys};
use tracing_core::subscriber::Interest;
use tracing_core::{Metadata, metadata::LevelFilter};
use tracing_subscriber::layer::{Context, Filter};

use crate::meanings::Meanings;

/// Lets through events under our own target, and spans that declare a field of the context.
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

/// Whether an event is a hand-written one of ours.
pub(crate) fn is_own_event(metadata: &Metadata<'_>) -> bool {
    metadata.target() == keys::TARGET && !Mirror::made(metadata)
}

impl<S> Filter<S> for OwnCallsites {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.own(metadata)
    }

    /// Never answers "always": where all filters of a subscriber do, `tracing` asks none of them again, and what they
    /// answered to the question before, asked of something else, decides over the event or the span at hand.
    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.is_span() {
            // From here on it is known.
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
