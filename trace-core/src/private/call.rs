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

/// A call in flight, with what was known when it began; `None` if no layer was alive, and nothing is recorded.
///
/// It is one word, since it is part of every annotated future and stays in a register across the body. It owns what was
/// captured, so that no borrow lives across the body.
#[derive(Debug)]
pub struct ActiveCall(Option<Box<CallState>>);

/// A call of which nothing has to be known when it begins. The recorder is asked when the call has succeeded.
#[derive(Clone, Copy, Debug)]
pub struct DeferredCall;

/// A call that has started: [`ActiveCall`] or [`DeferredCall`].
pub trait StartedCall: Send + Sync + 'static {
    /// Returns the call, if its return value is to be checked.
    fn on(self) -> Option<ActiveCall>;

    /// Begins the call, if it has not begun: its future is polled for the first time.
    fn begins(self, callsite: &'static Callsite) -> ActiveCall;

    /// Begins the call; from here on it is in doubt until it ends.
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
    /// Begins a call and captures what `capture` writes, if a layer is alive.
    #[inline]
    pub fn enter(&'static self, capture: &mut dyn WriteFields) -> ActiveCall {
        if maybe_live() {
            self.ask(capture)
        } else {
            ActiveCall(None)
        }
    }

    /// Begins a call with a `capture` that is made only if a layer is alive: until then nothing is laid out for it.
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

    /// Makes the capture. Not inlined, so that the annotated function has no place for it on its stack.
    #[inline(never)]
    fn ask_with<W: WriteFields>(&'static self, capture: impl FnOnce() -> W) -> ActiveCall {
        self.ask(&mut capture())
    }

    /// Begins a call that captures nothing, but may be left in doubt or get notes of its body.
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

    /// Asks the recorder, and captures if it wants the call.
    fn fill(&'static self, state: &mut CallState, capture: &mut dyn WriteFields) {
        // Into its place at once: from a place of its own it would have to be read back before it is written.
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
                // It is lost, which the unit of work that it names has to know.
                Err(Counter::QueueFull) => Level::Off,
                Err(_) => return,
            };
            // From here on a panic is the captures': the event is kept as far as it came.
            let mut writer = EventWriter::new(&mut state.fields, &mut state.unit, sink, level);
            capture.write(&mut writer);
            if writer.panicked {
                sink.count(Counter::Panicked);
            }
        });
    }
}

impl ActiveCall {
    /// Makes the call of what has been captured.
    pub(super) const fn of(state: Box<CallState>) -> Self {
        Self(Some(state))
    }

    /// Begins the call; from here on it is in doubt until it ends, since its future is being polled.
    #[inline]
    #[must_use]
    pub fn running(self, callsite: &'static Callsite) -> Self {
        StartedCall::running(self, callsite)
    }

    /// Sets whether the call is in doubt if it is dropped now.
    #[inline]
    const fn set_in_doubt(&mut self, in_doubt: bool) {
        if let Some(state) = &mut self.0 {
            state.in_doubt = in_doubt;
        }
    }

    /// Makes the handle by which the body adds fields.
    #[inline]
    pub fn trace(&mut self, callsite: &'static Callsite) -> EventHandle {
        match &mut self.0 {
            Some(state) => state.trace(callsite),
            None => EventHandle::disabled(),
        }
    }

    /// Ends the call, successful or not, and returns what is known of its beginning, if something had to be.
    pub(super) fn ended(mut self) -> Option<Box<CallState>> {
        self.0.take()
    }
}

/// Marks the call as in doubt: it is about to wait for `future`, and may be dropped meanwhile.
#[inline]
pub const fn before_await<F>(future: F, call: &mut ActiveCall) -> F {
    call.set_in_doubt(true);
    future
}

/// Ends the doubt after a foreign macro that waited for `output`.
#[inline]
pub const fn after_join<T>(_before: (), output: T, call: &mut ActiveCall) -> T {
    after_await(output, call)
}

/// Ends the doubt: the call has waited, and goes on.
#[inline]
pub const fn after_await<T>(output: T, call: &mut ActiveCall) -> T {
    call.set_in_doubt(false);
    output
}

impl DeferredCall {
    /// Begins the call; from here on it is in doubt until it ends, since its future is being polled.
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
        // Nothing to drop, and the compiler need not look.
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
