//! A cache of the span that a thread reads repeatedly. A copy of its fields needs no registry.

use std::cell::RefCell;
use std::sync::Arc;

use behavior_trace_core::Fields;
use tracing_core::span::Id;

use super::extension::{SpanExtension, StaleFlag};
use crate::span_field_cache::{LayerId, SpanFieldCache};

/// The maximum size of cached fields, in bytes. A long text must not stay with every thread.
const MAX_BYTES: usize = 1024;

/// The spans that a thread read last.
struct SpanCache {
    /// The last span. Only a span read twice in a row is worth a copy, because most requests record one event.
    asked: Option<(Id, LayerId)>,
    copy: Option<CachedSpan>,
}

/// A copy of the fields of a span.
struct CachedSpan {
    span: Id,
    /// The layer's cache, kept alive so that no other layer gets its identity.
    layer: Arc<SpanFieldCache>,
    stale: Arc<StaleFlag>,
    fields: Fields,
}

impl CachedSpan {
    fn is_of(&self, span: &Id, layer: LayerId) -> bool {
        self.span == *span && LayerId::of(&self.layer) == layer && !self.stale.is_set()
    }
}

thread_local! {
    static CACHE: RefCell<SpanCache> = const { RefCell::new(SpanCache { asked: None, copy: None }) };
}

/// Adds the fields of a span, if this thread has a copy, and returns whether it had one.
pub(super) fn get(span: &Id, layer: LayerId, fields: &mut Fields) -> bool {
    let found = CACHE.try_with(|cache| {
        let cache = cache.borrow();
        let copy = cache.copy.as_ref().filter(|copy| copy.is_of(span, layer))?;
        fields.merge(&copy.fields);
        Some(())
    });
    matches!(found, Ok(Some(())))
}

/// Copies the fields of a span, if this thread reads it for the second time in a row.
///
/// It must run while the span can neither end nor get more fields.
pub(super) fn insert(span: &Id, layer: &Arc<SpanFieldCache>, extension: &SpanExtension) {
    let _ = CACHE.try_with(|cache| cache.borrow_mut().ask(span, layer, extension));
}

impl SpanCache {
    fn ask(&mut self, span: &Id, layer: &Arc<SpanFieldCache>, extension: &SpanExtension) {
        let asked = Some((span.clone(), LayerId::of(layer)));
        if self.asked == asked {
            self.keep(span, layer, extension);
        } else {
            self.asked = asked;
        }
    }

    #[cold]
    fn keep(&mut self, span: &Id, layer: &Arc<SpanFieldCache>, extension: &SpanExtension) {
        if extension.fields().as_bytes().len() > MAX_BYTES {
            return;
        }
        let mut fields = self.copy.take().map(|copy| copy.fields).unwrap_or_default();
        fields.clear();
        fields.merge(extension.fields());
        self.copy = Some(CachedSpan {
            span: span.clone(),
            layer: layer.clone(),
            stale: extension.stale_flag(),
            fields,
        });
    }
}
