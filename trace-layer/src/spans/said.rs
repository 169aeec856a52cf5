//! The fields of one span, stored in its extensions.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::{iter, mem};

use behavior_trace_core::Fields;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use super::actor::Actor;
use crate::meanings::ReadBy;
use crate::spare;

/// The fields of one span, as one layer read them.
pub(super) struct Said {
    by: ReadBy,
    fields: Fields,
    actor: Actor,
    /// The flag that marks copies as stale, if there are any.
    copies: OnceLock<Arc<Outdated>>,
    /// The fields as another `BehaviorTraceLayer` in the same subscriber read them.
    next: Option<Box<Self>>,
}

/// A flag that marks a copy of span fields as stale: the span has recorded more or has ended.
///
/// This flag makes copies safe. A span's id is reused after the span has ended, but only once its extensions are dropped.
/// Dropping them sets the flag.
#[derive(Debug, Default)]
pub(super) struct Outdated(AtomicBool);

impl Outdated {
    fn set(&self) {
        self.0.store(true, Ordering::Release);
    }

    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

impl Said {
    fn new(by: ReadBy, fields: Fields) -> Self {
        Self {
            by,
            fields,
            actor: Actor::default(),
            copies: OnceLock::new(),
            next: None,
        }
    }

    fn by(&self, layer: ReadBy) -> Option<&Self> {
        iter::successors(Some(self), |said| said.next.as_deref()).find(|said| said.by == layer)
    }

    /// Adds the fields that a layer read, or replaces its earlier ones.
    fn add(&mut self, by: ReadBy, fields: Fields) {
        if self.by == by {
            self.outdate_copies();
            self.actor.give_way(&mut self.fields, &fields);
            spare::give(self.fields.update(fields));
        } else if let Some(next) = &mut self.next {
            next.add(by, fields);
        } else {
            self.next = Some(Box::new(Self::new(by, fields)));
        }
    }

    pub(super) const fn fields(&self) -> &Fields {
        &self.fields
    }

    /// Returns the flag by which a copy checks that it is still valid.
    pub(super) fn copied(&self) -> Arc<Outdated> {
        self.copies.get_or_init(Arc::default).clone()
    }

    fn outdate_copies(&mut self) {
        if let Some(copies) = self.copies.take() {
            copies.set();
        }
    }
}

/// The span has ended. Its id may be reused only after this.
impl Drop for Said {
    fn drop(&mut self) {
        self.outdate_copies();
        spare::give(mem::take(&mut self.fields));
    }
}

/// Stores fields of a span, in place of earlier values.
pub(crate) fn store<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>, by: ReadBy, fields: Fields) {
    let mut extensions = span.extensions_mut();
    if let Some(said) = extensions.get_mut::<Said>() {
        said.add(by, fields);
    } else {
        extensions.insert(Said::new(by, fields));
    }
}

/// Calls `read` with the fields of a span, if it has any.
pub(super) fn read<'a, S: LookupSpan<'a>>(
    span: &SpanRef<'a, S>,
    by: ReadBy,
    read: impl FnOnce(&Said),
) {
    let extensions = span.extensions();
    if let Some(said) = extensions.get::<Said>().and_then(|said| said.by(by)) {
        read(said);
    }
}
