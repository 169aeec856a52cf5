//! The end of a call.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing_core::{Dispatch, dispatcher};

use crate::__private::call::{ActiveCall, StartedCall};
use crate::__private::call_pool;
use crate::__private::call_state::CallState;
use crate::callsite::Callsite;
use crate::event_writer::EventWriter;
use crate::layer_handle::{LayerHandle, any_live};
use crate::record::{AdmittedCall, EventBuilder, lose};
use crate::reentrancy::{self, ReentrancyGuard};
use crate::sink::Counter;

/// A check of a return value. It returns whether the value is a success, and writes fields if it gets an event writer.
///
/// It replaces a `dyn FnMut`, like [`WriteFields`](crate::event_writer::WriteFields).
trait ReturnCheck {
    fn check(&mut self, writer: Option<&mut EventWriter<'_>>) -> bool;
}

impl<F: FnMut(Option<&mut EventWriter<'_>>) -> bool> ReturnCheck for F {
    #[inline]
    fn check(&mut self, writer: Option<&mut EventWriter<'_>>) -> bool {
        self(writer)
    }
}

/// The answer to whether a return value adds fields to the event. Without such fields the policy is not asked for its masks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExtraFields {
    Absent,
    Present,
}

/// Ends a call that has returned. While nothing is recorded, the value stays in place, in registers if possible.
#[inline]
pub(super) fn end<R>(
    callsite: &'static Callsite,
    call: impl StartedCall,
    returned: R,
    extra: ExtraFields,
    check: impl FnMut(&R, Option<&mut EventWriter<'_>>) -> bool,
) -> R {
    match call.on() {
        Some(call) => look_at(callsite, call, returned, extra, check),
        None => returned,
    }
}

#[inline(never)]
fn look_at<R>(
    callsite: &'static Callsite,
    call: ActiveCall,
    returned: R,
    extra: ExtraFields,
    mut check: impl FnMut(&R, Option<&mut EventWriter<'_>>) -> bool,
) -> R {
    finish_call(callsite, call, extra, &mut |writer: Option<
        &mut EventWriter<'_>,
    >| {
        check(&returned, writer)
    });
    returned
}

/// Finishes a call. `check` checks its return value.
fn finish_call(
    callsite: &'static Callsite,
    call: ActiveCall,
    extra: ExtraFields,
    check: &mut dyn ReturnCheck,
) {
    if let Some(mut state) = call.ended() {
        state.finish_call(callsite, extra, check);
        call_pool::give(state);
    } else if any_live() {
        finish_deferred(callsite, check);
    }
}

/// Finishes a call that captured nothing at its start. Everything is asked now.
///
/// It is not inlined, so that the rest of the code stays close together.
#[inline(never)]
fn finish_deferred(callsite: &'static Callsite, check: &mut dyn ReturnCheck) {
    match catch_unwind(AssertUnwindSafe(|| check.check(None))) {
        Ok(true) => {}
        Ok(false) => return,
        // Its success is unknown then, and a wrong event would be worse than none.
        Err(_) => return count(Counter::Panicked),
    }
    callsite.record_with(&mut |builder| {
        builder.with_writer(|writer| {
            check.check(Some(writer));
        });
    });
}

impl CallState {
    /// Finishes the call: makes an event if `check` finds a success.
    fn finish_call(
        &mut self,
        callsite: &'static Callsite,
        extra: ExtraFields,
        check: &mut dyn ReturnCheck,
    ) {
        let finished = catch_unwind(AssertUnwindSafe(|| {
            // If this panics, the success is unknown, and a wrong event would be worse than none.
            if check.check(None) {
                self.submit(callsite, extra, check);
            }
        }));
        if finished.is_err() {
            self.count(Counter::Panicked);
        }
    }

    /// Makes the event of a success.
    fn submit(
        &mut self,
        callsite: &'static Callsite,
        extra: ExtraFields,
        check: &mut dyn ReturnCheck,
    ) {
        let found = self
            .dispatch
            .as_ref()
            .and_then(|d| Some((d, LayerHandle::of(d)?)));
        let Some((dispatch, handle)) = found else {
            return callsite.count_call_without_layer();
        };
        let sink = handle.sink();
        let Some(_guard) = ReentrancyGuard::try_enter() else {
            return reentrancy::count_reentrant(sink);
        };
        let level = match self.answer {
            Ok(level) => level,
            Err(Counter::QueueFull) => return lose(handle.shared_sink(), self.unit.take()),
            Err(tally) => return sink.count(tally),
        };
        if let Some(notes) = &self.notes
            && !notes.merge_into(&mut self.fields)
        {
            return sink.count(Counter::Unchanged);
        }
        let admitted = AdmittedCall {
            names: callsite.names(),
            level,
            fields: &mut self.fields,
            unit: self.unit.take(),
        };
        let fill = &mut |builder: &mut EventBuilder<'_>| {
            builder.with_writer(|writer| {
                check.check(Some(writer));
            });
        };
        let fill: &mut dyn FnMut(&mut EventBuilder<'_>) = fill;
        handle.finish_call(
            dispatch,
            admitted,
            (extra == ExtraFields::Present).then_some(fill),
        );
    }
}

impl EventBuilder<'_> {
    /// Passes an event writer to `write` and takes over its flags.
    pub(super) fn with_writer(&mut self, write: impl FnOnce(&mut EventWriter<'_>)) {
        let mut writer = EventWriter::new(self.fields, &mut self.unit, self.sink, self.level);
        write(&mut writer);
        let (skipped, panicked) = (
            writer.skipped || writer.changed == Some(false),
            writer.panicked,
        );
        if skipped {
            self.leave_out(Counter::Unchanged);
        }
        if panicked {
            self.mark_panicked();
        }
    }
}

/// Counts a call at the recorder of the current subscriber.
pub(super) fn count(tally: Counter) {
    let dispatch = dispatcher::get_default(Dispatch::clone);
    if let Some(handle) = LayerHandle::of(&dispatch) {
        handle.sink().count(tally);
    }
}
