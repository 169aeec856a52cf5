//! The filter for the events and spans that concern the layer.

use std::sync::Arc;

use behavior_trace_core::{Mirror, keys};
use tracing_core::subscriber::Interest;
use tracing_core::{Metadata, metadata::LevelFilter};
use tracing_subscriber::layer::{Context, Filter};

use crate::span_field_cache::SpanFieldCache;

/// A filter that passes events under the target `behavior_trace` and spans that declare a field of the context.
#[derive(Clone, Debug)]
pub(crate) struct CallsiteFilter {
    pub(crate) span_fields: Arc<SpanFieldCache>,
    pub(crate) max_level: LevelFilter,
}

impl CallsiteFilter {
    fn own(&self, metadata: &Metadata<'_>) -> bool {
        if metadata.is_span() {
            self.span_fields.any_in(metadata)
        } else {
            is_own_event(metadata)
        }
    }
}

/// Returns whether an event is a hand-written activity.
pub(crate) fn is_own_event(metadata: &Metadata<'_>) -> bool {
    metadata.target() == keys::TARGET && !Mirror::made(metadata)
}

impl<S> Filter<S> for CallsiteFilter {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.own(metadata)
    }

    /// Returns `never` or `sometimes`, but not `always`. If all filters of a subscriber returned `always`, `tracing` would
    /// not call them for the current event or span. Their previous decision, made for another callsite, would then apply to
    /// it.
    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.is_span() {
            // The mapping is cached from here on.
            self.span_fields.of(metadata);
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
