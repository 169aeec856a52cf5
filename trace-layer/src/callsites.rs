//! Which events and spans the layer looks at at all.

use std::sync::Arc;

use behavior_trace_core::{Mirror, keys};
use tracing_core::Metadata;
use tracing_core::subscriber::Interest;
use tracing_subscriber::layer::{Context, Filter};

use crate::meanings::Meanings;

/// Lets through events under our own target, and spans that declare a field of the context; decided once per callsite.
#[derive(Clone, Debug)]
pub(crate) struct OwnCallsites {
    meanings: Arc<Meanings>,
}

impl OwnCallsites {
    pub(crate) const fn new(meanings: Arc<Meanings>) -> Self {
        Self { meanings }
    }

    fn own(&self, metadata: &Metadata<'_>) -> bool {
        if metadata.is_span() {
            self.meanings.any_in(metadata)
        } else {
            metadata.target() == keys::TARGET && !Mirror::made(metadata)
        }
    }
}

impl<S> Filter<S> for OwnCallsites {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.own(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.own(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }
}
