//! The end of a call.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing_core::{Dispatch, dispatcher};

use crate::__private::entry::{self, Entry, Kept};
use crate::__private::pen::Pen;
use crate::callsite::Callsite;
use crate::quiet::{self, ReentrancyGuard};
use crate::record::{Begun, EventBuilder, lose};
use crate::sink::Counter;
use crate::tap::{LayerHandle, any_live};

/// What can be asked of a return value: whether it is a success and, given a pen, to write what is to be said of it.
/// No `dyn FnMut`, as with [`Write`](crate::__private::pen::Write).
trait Account {
    fn account(&mut self, pen: Option<&mut Pen<'_>>) -> bool;
}

impl<F: FnMut(Option<&mut Pen<'_>>) -> bool> Account for F {
    #[inline]
    fn account(&mut self, pen: Option<&mut Pen<'_>>) -> bool {
        self(pen)
    }
}

/// Whether a return value has anything to add to the event; where it has not, the policy is not asked for its masks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Adds {
    Nothing,
    Something,
}

/// Ends a call that has returned. While nothing is recorded the value stays where it is, in registers if it can.
#[inline]
pub(super) fn end<R>(
    callsite: &'static Callsite,
    entry: impl entry::Begun,
    returned: R,
    adds: Adds,
    account: impl FnMut(&R, Option<&mut Pen<'_>>) -> bool,
) -> R {
    match entry.on() {
        Some(entry) => look_at(callsite, entry, returned, adds, account),
        None => returned,
    }
}

#[inline(never)]
fn look_at<R>(
    callsite: &'static Callsite,
    entry: Entry,
    returned: R,
    adds: Adds,
    mut account: impl FnMut(&R, Option<&mut Pen<'_>>) -> bool,
) -> R {
    conclude(callsite, entry, adds, &mut |pen: Option<&mut Pen<'_>>| {
        account(&returned, pen)
    });
    returned
}

/// The call has returned; `account` knows what.
fn conclude(callsite: &'static Callsite, entry: Entry, adds: Adds, account: &mut dyn Account) {
    if let Some(mut kept) = entry.ended() {
        kept.conclude(callsite, adds, account);
        entry::keep(kept);
    } else if any_live() {
        conclude_unasked(callsite, account);
    }
}

/// Nothing had to be known at the beginning: everything is asked now. Apart from the rest, which is to lie close together.
#[inline(never)]
fn conclude_unasked(callsite: &'static Callsite, account: &mut dyn Account) {
    match catch_unwind(AssertUnwindSafe(|| account.account(None))) {
        Ok(true) => {}
        Ok(false) => return,
        // Whether it succeeded is not known then; a wrong event would be worse than none.
        Err(_) => return count(Counter::Panicked),
    }
    callsite.record_with(&mut |draft| {
        draft.with_pen(|pen| {
            account.account(Some(pen));
        });
    });
}

impl Kept {
    fn conclude(&mut self, callsite: &'static Callsite, adds: Adds, account: &mut dyn Account) {
        let concluded = catch_unwind(AssertUnwindSafe(|| {
            // If this panics it is not known whether it succeeded, and a wrong event would be worse than none.
            if account.account(None) {
                self.succeeded(callsite, adds, account);
            }
        }));
        if concluded.is_err() {
            self.count(Counter::Panicked);
        }
    }

    fn succeeded(&mut self, callsite: &'static Callsite, adds: Adds, account: &mut dyn Account) {
        let found = self
            .dispatch
            .as_ref()
            .and_then(|d| Some((d, LayerHandle::of(d)?)));
        let Some((dispatch, tap)) = found else {
            return callsite.count_call_without_layer();
        };
        let sink = tap.sink();
        let Some(_quiet) = ReentrancyGuard::enter() else {
            return quiet::count_reentrant(sink);
        };
        let level = match self.answer {
            Ok(level) => level,
            Err(Counter::QueueFull) => return lose(tap.shared_sink(), self.unit.take()),
            Err(tally) => return sink.count(tally),
        };
        if let Some(told) = &self.told
            && !told.pour(&mut self.fields)
        {
            return sink.count(Counter::Unchanged);
        }
        let begun = Begun {
            names: callsite.names(),
            level,
            fields: &mut self.fields,
            unit: self.unit.take(),
        };
        let fill = &mut |draft: &mut EventBuilder<'_>| {
            draft.with_pen(|pen| {
                account.account(Some(pen));
            });
        };
        let fill: &mut dyn FnMut(&mut EventBuilder<'_>) = fill;
        tap.conclude(dispatch, begun, (adds == Adds::Something).then_some(fill));
    }
}

impl EventBuilder<'_> {
    pub(super) fn with_pen(&mut self, write: impl FnOnce(&mut Pen<'_>)) {
        let mut pen = Pen::new(self.fields, &mut self.unit, self.sink, self.level);
        write(&mut pen);
        let (skipped, panicked) = (pen.skipped || pen.changed == Some(false), pen.panicked);
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
    if let Some(tap) = LayerHandle::of(&dispatch) {
        tap.sink().count(tally);
    }
}
