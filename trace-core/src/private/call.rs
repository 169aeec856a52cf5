//! A call in flight, from its entry to its end.

use std::mem;
use std::thread;

use tracing_core::dispatcher;

use crate::__private::call_pool;
use crate::__private::call_state::CallState;
use crate::callsite::Callsite;
use crate::event_handle::EventHandle;
use crate::event_writer::{EventWriter, WriteFields};
use crate::layer_handle::{LayerHandle, any_live, maybe_live};
use crate::panic::catch_panic;
use crate::policy::Level;
use crate::reentrancy::ReentrancyGuard;
use crate::sink::Counter;

/// A running call and its state; `None` if no layer was alive at its start, so that nothing is recorded.
///
/// It is one word, since every annotated future contains it and it stays in a register across the body. It owns its
/// captures, so that no borrow lives across the body.
#[derive(Debug)]
pub struct ActiveCall(Option<Box<CallState>>);

/// A call that captures nothing at its start. The recorder is asked after the call has succeeded.
#[derive(Clone, Copy, Debug)]
pub struct DeferredCall;

/// A call that has started: [`ActiveCall`] or [`DeferredCall`].
pub trait StartedCall: Send + Sync + 'static {
    /// Returns the call, if its return value must be checked.
    fn on(self) -> Option<ActiveCall>;

    /// Begins the call, if it has not begun, at the first poll of its future.
    fn begins(self, callsite: &'static Callsite) -> ActiveCall;

    /// Begins the call. It is in doubt from now until it ends.
    fn running(self, callsite: &'static Callsite) -> ActiveCall
    where
        Self: Sized,
    {
        let mut call = self.begins(callsite);
        call.set_in_doubt(true);
        call
    }
}

impl Callsite {
    /// Begins a call and captures fields with `capture`, if a layer is alive.
    #[inline]
    pub fn enter(&'static self, capture: &mut dyn WriteFields) -> ActiveCall {
        if maybe_live() {
            self.ask(capture)
        } else {
            ActiveCall(None)
        }
    }

    /// Begins a call, and creates its `capture` only if a layer is alive. Until then nothing is laid out for it.
    #[inline]
    pub(super) fn enter_with<W: WriteFields>(
        &'static self,
        capture: impl FnOnce() -> W,
    ) -> ActiveCall {
        if maybe_live() {
            self.ask_with(capture)
        } else {
            ActiveCall(None)
        }
    }

    /// Creates the capture. It is not inlined, so that the annotated function reserves no stack space for it.
    #[inline(never)]
    fn ask_with<W: WriteFields>(&'static self, capture: impl FnOnce() -> W) -> ActiveCall {
        self.ask(&mut capture())
    }

    /// Begins a call that captures nothing, but may end in doubt or get notes from its body.
    #[inline]
    pub fn begin(&'static self) -> ActiveCall {
        self.enter(&mut |_: &mut EventWriter<'_>| ())
    }

    #[inline(never)]
    fn ask(&'static self, capture: &mut dyn WriteFields) -> ActiveCall {
        if !any_live() {
            return ActiveCall(None);
        }
        let mut state = call_pool::take();
        self.fill(&mut state, capture);
        ActiveCall(Some(state))
    }

    /// Asks the recorder, and captures fields if it wants the call.
    fn fill(&'static self, state: &mut CallState, capture: &mut dyn WriteFields) {
        // It is written in place at once: a local variable would have to be read back before it is written.
        dispatcher::get_default(|current| state.dispatch = Some(current.clone()));
        let Some(handle) = state.dispatch.as_ref().and_then(LayerHandle::of) else {
            return;
        };
        let Some(_guard) = ReentrancyGuard::try_enter() else {
            state.answer = Err(Counter::Reentrant);
            return;
        };
        let sink = handle.sink();
        catch_panic(sink, || {
            state.answer = sink.begin(&self.call());
            let level = match state.answer {
                Ok(level) => level,
                // The event is lost, and the unit of work that it names must know that.
                Err(Counter::QueueFull) => Level::Off,
                Err(_) => return,
            };
            // From here on, a panic comes from a capture. The event keeps the fields captured before it.
            let mut writer = EventWriter::new(&mut state.fields, &mut state.unit, sink, level);
            capture.write(&mut writer);
            if writer.panicked {
                sink.count(Counter::Panicked);
            }
        });
    }
}

impl ActiveCall {
    /// Creates the call from its captured state.
    pub(super) const fn of(state: Box<CallState>) -> Self {
        Self(Some(state))
    }

    /// Begins the call. It is in doubt until it ends, since its future is being polled.
    #[inline]
    #[must_use]
    pub fn running(self, callsite: &'static Callsite) -> Self {
        StartedCall::running(self, callsite)
    }

    /// Sets whether dropping the call now leaves it in doubt.
    #[inline]
    const fn set_in_doubt(&mut self, in_doubt: bool) {
        if let Some(state) = &mut self.0 {
            state.in_doubt = in_doubt;
        }
    }

    /// Creates the handle with which the body adds fields.
    #[inline]
    pub fn trace(&mut self, callsite: &'static Callsite) -> EventHandle {
        match &mut self.0 {
            Some(state) => state.trace(callsite),
            None => EventHandle::disabled(),
        }
    }

    /// Ends the call, successful or not, and returns its state, if it has one.
    pub(super) fn ended(mut self) -> Option<Box<CallState>> {
        self.0.take()
    }
}

/// Marks the call as in doubt: it is about to wait for `future` and may be dropped meanwhile.
#[inline]
pub const fn before_await<F>(future: F, call: &mut ActiveCall) -> F {
    call.set_in_doubt(true);
    future
}

/// Ends the doubt after another crate's macro has waited for `output`.
#[inline]
pub const fn after_join<T>(_before: (), output: T, call: &mut ActiveCall) -> T {
    after_await(output, call)
}

/// Ends the doubt: the call has waited and continues.
#[inline]
pub const fn after_await<T>(output: T, call: &mut ActiveCall) -> T {
    call.set_in_doubt(false);
    output
}

impl DeferredCall {
    /// Begins the call. It is in doubt until it ends, since its future is being polled.
    #[inline]
    pub fn running(self, callsite: &'static Callsite) -> ActiveCall {
        StartedCall::running(self, callsite)
    }
}

impl StartedCall for ActiveCall {
    #[inline]
    fn on(self) -> Option<ActiveCall> {
        if self.0.is_some() {
            return Some(self);
        }
        // There is nothing to drop, and the compiler need not check.
        mem::forget(self);
        None
    }

    #[inline]
    fn begins(mut self, callsite: &'static Callsite) -> ActiveCall {
        if let Some(state) = &mut self.0 {
            state.begins(callsite);
        }
        self
    }
}

impl StartedCall for DeferredCall {
    #[inline]
    fn on(self) -> Option<ActiveCall> {
        maybe_live().then_some(ActiveCall(None))
    }

    #[inline]
    fn begins(self, callsite: &'static Callsite) -> ActiveCall {
        callsite.begin()
    }
}

impl Drop for ActiveCall {
    #[inline]
    fn drop(&mut self) {
        if let Some(state) = self.0.take() {
            dropped(state);
        }
    }
}

#[inline(never)]
fn dropped(state: Box<CallState>) {
    if state.in_doubt && state.answer.is_ok() && !thread::panicking() {
        state.count(Counter::Cancelled);
    }
    call_pool::give(state);
}
