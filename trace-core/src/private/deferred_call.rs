//! A call whose future is created before it is polled.
//!
//! The call begins at the first poll, but its captures must be borrowed when the future is created.

use tracing_core::dispatcher;

use crate::__private::call::{ActiveCall, StartedCall};
use crate::__private::call_pool;
use crate::callsite::Callsite;
use crate::clock::Timestamp;
use crate::event_writer::{EventWriter, WriteFields};
use crate::fields::Fields;
use crate::layer_handle::{LayerHandle, any_live, maybe_live};
use crate::panic::catch_panic;
use crate::policy::{Level, Policy};
use crate::reentrancy::ReentrancyGuard;
use crate::sink::{Counter, Sink};

/// A sink for the case without a recorder. It has no masks, so fields that need them are not written.
struct NoSink;

impl Sink for NoSink {
    fn with_policy(&self, _: &mut dyn FnMut(&dyn Policy)) {}

    fn has_room(&self) -> bool {
        true
    }

    fn accept(&self, _: Timestamp, _: &Fields) {}

    fn count(&self, _: Counter) {}
}

impl Callsite {
    /// Captures fields with `capture` for a call that begins later.
    ///
    /// If no recorder is current here, one may be at the first poll. Then everything is captured but the payload, since only
    /// a recorder knows the masks.
    #[inline]
    pub fn enter_ahead(&'static self, capture: &mut dyn WriteFields) -> ActiveCall {
        if maybe_live() {
            self.ask_ahead(capture)
        } else {
            self.enter(capture)
        }
    }

    #[inline(never)]
    fn ask_ahead(&'static self, capture: &mut dyn WriteFields) -> ActiveCall {
        if dispatcher::get_default(|current| LayerHandle::of(current).is_some()) || !any_live() {
            return self.enter(capture);
        }
        let mut state = call_pool::take();
        if let Some(_guard) = ReentrancyGuard::try_enter() {
            catch_panic(&NoSink, || {
                let mut writer =
                    EventWriter::new(&mut state.fields, &mut state.unit, &NoSink, Level::Facts);
                capture.write(&mut writer);
            });
        }
        ActiveCall::of(state)
    }
}

/// Begins the call of a future at its first poll.
#[inline]
pub fn begins(call: impl StartedCall, callsite: &'static Callsite) -> ActiveCall {
    call.begins(callsite)
}
