//! The state of one running call, in which its event is made.

use std::sync::Arc;

use tracing_core::{Dispatch, dispatcher};

use crate::callsite::Callsite;
use crate::event_handle::{CallNotes, EventHandle};
use crate::fields::Fields;
use crate::layer_handle::LayerHandle;
use crate::panic::catch_panic;
use crate::policy::Level;
use crate::reentrancy::ReentrancyGuard;
use crate::sink::Counter;
use crate::unit::UnitOfWorkHandle;

/// The state of one running call. A thread keeps several, so that a call does not allocate once the thread is warm.
#[derive(Debug)]
pub(super) struct CallState {
    /// The recorder's answer when the call began: the level, or the counter of a success that is not recorded.
    ///
    /// The recorder is asked once, and its answer applies until the call ends.
    pub(super) answer: Result<Level, Counter>,
    pub(super) fields: Fields,
    /// The unit of work that the attribute names for the event.
    pub(super) unit: Option<UnitOfWorkHandle>,
    /// The notes of the body.
    pub(super) notes: Option<Arc<CallNotes>>,
    /// The subscriber that was current when the call began. The event goes to the recorder of this subscriber.
    pub(super) dispatch: Option<Dispatch>,
    /// The flag of a call in doubt: its future was polled and may be dropped.
    pub(super) in_doubt: bool,
}

/// The answer that remains if the policy panics: nothing is recorded.
const UNANSWERED: Result<Level, Counter> = Err(Counter::Refused);

/// The maximum size of a kept buffer, in bytes. A large payload must not stay with the thread.
const MAX_KEPT_BYTES: usize = 16 * 1024;

impl Default for CallState {
    fn default() -> Self {
        Self {
            answer: UNANSWERED,
            fields: Fields::new(),
            unit: None,
            notes: None,
            dispatch: None,
            in_doubt: false,
        }
    }
}

impl CallState {
    /// Begins the call at its first poll, and asks the recorder unless one was asked when the future was created.
    pub(super) fn begins(&mut self, callsite: &'static Callsite) {
        if self.dispatch.as_ref().and_then(LayerHandle::of).is_some() {
            return;
        }
        dispatcher::get_default(|current| self.dispatch = Some(current.clone()));
        let Some(handle) = self.dispatch.as_ref().and_then(LayerHandle::of) else {
            return;
        };
        let Some(_guard) = ReentrancyGuard::try_enter() else {
            self.answer = Err(Counter::Reentrant);
            return;
        };
        let sink = handle.sink();
        catch_panic(sink, || self.answer = sink.begin(&callsite.call()));
    }

    /// Counts the call at the recorder that was asked.
    pub(super) fn count(&self, tally: Counter) {
        if let Some(handle) = self.dispatch.as_ref().and_then(LayerHandle::of) {
            handle.sink().count(tally);
        }
    }

    /// Creates the handle of the body, which writes into the notes of this call.
    #[cold]
    #[inline(never)]
    pub(super) fn trace(&mut self, callsite: &'static Callsite) -> EventHandle {
        let (Ok(level), Some(dispatch)) = (self.answer, &self.dispatch) else {
            return EventHandle::disabled();
        };
        let dispatch = dispatch.clone();
        let notes = Arc::new(CallNotes::new(
            dispatch,
            level,
            callsite.records_unchanged(),
        ));
        self.notes = Some(Arc::clone(&notes));
        EventHandle::of(notes)
    }

    /// Resets the state for the next call.
    #[inline]
    pub(super) fn reset(&mut self) {
        if self.notes.is_some() || self.unit.is_some() {
            self.forget_rare();
        }
        self.dispatch = None;
        self.in_doubt = false;
        self.answer = UNANSWERED;
        if self.fields.capacity() > MAX_KEPT_BYTES {
            self.fields = Fields::new();
        }
        self.fields.clear();
    }

    /// Resets the parts that few calls use.
    #[cold]
    #[inline(never)]
    fn forget_rare(&mut self) {
        self.notes = None;
        self.unit = None;
    }
}
