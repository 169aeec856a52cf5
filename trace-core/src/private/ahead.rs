//! A call whose future is made before it is polled: it begins at the first poll, but what it captures has to be borrowed
//! when the future is made.

use tracing_core::dispatcher;

use crate::__private::entry::{Begun, Entry, Kept};
use crate::__private::pen::{Pen, Write};
use crate::__private::spares;
use crate::callsite::Callsite;
use crate::clock::Timestamp;
use crate::fields::Fields;
use crate::policy::{Level, Policy};
use crate::quiet::ReentrancyGuard;
use crate::record::guarded;
use crate::sink::{Counter, Sink};
use crate::tap::{LayerHandle, any_live, maybe_live};

/// Stands for the recorder where there is none: it has no masks, so that nothing that would need them is written.
struct Nobody;

impl Sink for Nobody {
    fn with_policy(&self, _: &mut dyn FnMut(&dyn Policy)) {}

    fn has_room(&self) -> bool {
        true
    }

    fn accept(&self, _: Timestamp, _: &Fields) {}

    fn count(&self, _: Counter) {}
}

impl Callsite {
    /// Captures what `capture` writes for a call that begins later. If no recorder is current here, one may be there: all
    /// is captured but the payload, of which only a recorder knows what is to be masked.
    #[inline]
    pub fn enter_ahead(&'static self, capture: &mut dyn Write) -> Entry {
        if maybe_live() {
            self.ask_ahead(capture)
        } else {
            self.enter(capture)
        }
    }

    #[inline(never)]
    fn ask_ahead(&'static self, capture: &mut dyn Write) -> Entry {
        if dispatcher::get_default(|current| LayerHandle::of(current).is_some()) || !any_live() {
            return self.enter(capture);
        }
        let mut kept = spares::take();
        if let Some(_quiet) = ReentrancyGuard::enter() {
            guarded(&Nobody, || {
                let mut pen = Pen::new(&mut kept.fields, &mut kept.unit, &Nobody, Level::Facts);
                capture.write(&mut pen);
            });
        }
        Entry::of(kept)
    }
}

impl Kept {
    /// The call begins: who records it is asked now, unless somebody was when its future was made.
    pub(super) fn begins(&mut self, callsite: &'static Callsite) {
        if self.dispatch.as_ref().and_then(LayerHandle::of).is_some() {
            return;
        }
        dispatcher::get_default(|current| self.dispatch = Some(current.clone()));
        let Some(tap) = self.dispatch.as_ref().and_then(LayerHandle::of) else {
            return;
        };
        let Some(_quiet) = ReentrancyGuard::enter() else {
            self.answer = Err(Counter::Reentrant);
            return;
        };
        let sink = tap.sink();
        guarded(sink, || self.answer = sink.begin(&callsite.call()));
    }
}

/// The call of a future begins: it is polled for the first time.
#[inline]
pub fn begins(call: impl Begun, callsite: &'static Callsite) -> Entry {
    call.begins(callsite)
}
