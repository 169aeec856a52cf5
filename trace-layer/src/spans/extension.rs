//! The fields of one span, in its extensions.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::{iter, mem};

use behavior_trace_core::Fields;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use super::actor::SpanActor;
use crate::buffer_pool;
use crate::span_field_cache::LayerId;

/// The fields of one span, as one layer reads them.
pub(super) struct SpanExtension {
    layer: LayerId,
    fields: Fields,
    actor: SpanActor,
    /// The flag shared with the copies, if there are any.
    copies: OnceLock<Arc<StaleFlag>>,
    /// The fields as another layer in the same subscriber reads them.
    next: Option<Box<Self>>,
}

/// A flag that copies of a span's fields are stale, because the span got more fields or has ended.
///
/// It makes copies safe. The id of an ended span is used again, but only after its extensions are dropped, which sets the
/// flag.
#[derive(Debug, Default)]
pub(super) struct StaleFlag(AtomicBool);

impl StaleFlag {
    fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl SpanExtension {
    fn new(layer: LayerId, fields: Fields) -> Self {
        Self {
            layer,
            fields,
            actor: SpanActor::default(),
            copies: OnceLock::new(),
            next: None,
        }
    }

    /// Returns the fields as this layer reads them.
    fn of(&self, layer: LayerId) -> Option<&Self> {
        let mut extensions = iter::successors(Some(self), |extension| extension.next.as_deref());
        extensions.find(|extension| extension.layer == layer)
    }

    /// Adds fields that a layer read. They replace earlier values.
    fn add(&mut self, layer: LayerId, fields: Fields) {
        if self.layer == layer {
            self.mark_copies_stale();
            self.actor.give_way(&mut self.fields, &fields);
            buffer_pool::give(self.fields.update(fields));
        } else if let Some(next) = &mut self.next {
            next.add(layer, fields);
        } else {
            self.next = Some(Box::new(Self::new(layer, fields)));
        }
    }

    pub(super) const fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Returns the flag with which a copy checks that it is current.
    pub(super) fn stale_flag(&self) -> Arc<StaleFlag> {
        self.copies.get_or_init(Arc::default).clone()
    }

    fn mark_copies_stale(&mut self) {
        if let Some(copies) = self.copies.take() {
            copies.set();
        }
    }
}

/// Marks the copies as stale on drop: the span has ended, and its id goes to another span afterwards.
impl Drop for SpanExtension {
    fn drop(&mut self) {
        self.mark_copies_stale();
        buffer_pool::give(mem::take(&mut self.fields));
    }
}

/// Stores fields of a span. They replace earlier values.
pub(crate) fn store<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>, layer: LayerId, fields: Fields) {
    let mut extensions = span.extensions_mut();
    if let Some(extension) = extensions.get_mut::<SpanExtension>() {
        extension.add(layer, fields);
    } else {
        extensions.insert(SpanExtension::new(layer, fields));
    }
}

/// Calls `read` with the fields of a span, if it has any.
pub(super) fn read<'a, S: LookupSpan<'a>>(
    span: &SpanRef<'a, S>,
    layer: LayerId,
    read: impl FnOnce(&SpanExtension),
) {
    let extensions = span.extensions();
    let extension = extensions.get::<SpanExtension>();
    if let Some(extension) = extension.and_then(|extension| extension.of(layer)) {
        read(extension);
    }
}
