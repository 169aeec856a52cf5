//! What one span says, in its extensions.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::{iter, mem};

use behavior_trace_core::Fields;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use super::actor::Actor;
use crate::meanings::ReadBy;
use crate::spare;

/// What one span says, as one layer read it.
pub(super) struct Said {
    by: ReadBy,
    fields: Fields,
    actor: Actor,
    /// Told when this is no longer what the span says, if anybody keeps a copy.
    copies: OnceLock<Arc<Outdated>>,
    /// As another layer of ours in the same subscriber read it.
    next: Option<Box<Self>>,
}

/// Whether what was copied of a span is no longer what it says: it was told more, or has ended.
///
/// That is what makes copies safe. A span's id comes back once the span has ended, but not before its extensions are
/// dropped, which is where this is set.
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

    /// Takes up what a layer read: for the first time, or later than what it replaces.
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

    /// What a copy asks whether it still holds.
    pub(super) fn copied(&self) -> Arc<Outdated> {
        self.copies.get_or_init(Arc::default).clone()
    }

    fn outdate_copies(&mut self) {
        if let Some(copies) = self.copies.take() {
            copies.set();
        }
    }
}

/// The span has ended. Its id is given to another one after this.
impl Drop for Said {
    fn drop(&mut self) {
        self.outdate_copies();
        spare::give(mem::take(&mut self.fields));
    }
}

/// Keeps what a span says, in place of what it said before.
pub(crate) fn store<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>, by: ReadBy, fields: Fields) {
    let mut extensions = span.extensions_mut();
    if let Some(said) = extensions.get_mut::<Said>() {
        said.add(by, fields);
    } else {
        extensions.insert(Said::new(by, fields));
    }
}

/// Lets `read` have what a span says, if it says anything.
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
