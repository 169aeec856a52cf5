//! The end of a call.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing_core::{Dispatch, dispatcher};

use crate::__private::entry::{self, Answer, Entry, Kept};
use crate::__private::pen::Pen;
use crate::callsite::Callsite;
use crate::quiet::{self, Quiet};
use crate::record::{self, Begun, Draft, record};
use crate::sink::Tally;
use crate::tap::{Tap, any_live};

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
fn conclude(callsite: &'static Callsite, mut entry: Entry, adds: Adds, account: &mut dyn Account) {
    let kept = entry.ended();
    if kept.is_none() && !any_live() {
        return;
    }
    let judged = catch_unwind(AssertUnwindSafe(|| account.account(None)));
    match (judged, kept) {
        (Ok(true), Some(kept)) => kept.succeeded(callsite, adds, account),
        (Ok(true), None) => succeeded(callsite, account),
        (Ok(false), _) => {}
        // Whether it succeeded is not known then; a wrong event would be worse than none.
        (Err(_), Some(kept)) => kept.count(Tally::Panicked),
        (Err(_), None) => count(Tally::Panicked),
    }
}

/// Nothing had to be known at the beginning: everything is asked now.
fn succeeded(callsite: &'static Callsite, account: &mut dyn Account) {
    let heard = record(&callsite.call(), &mut |draft| {
        draft.with_pen(|pen| {
            account.account(Some(pen));
        });
    });
    if heard.is_err() {
        callsite.count_unheard();
    }
}

impl Kept {
    fn succeeded(&mut self, callsite: &'static Callsite, adds: Adds, account: &mut dyn Account) {
        let (Answer::Admitted(level), Some(dispatch)) = (self.answer, &self.dispatch) else {
            return self.left_out(callsite);
        };
        if let Some(told) = &self.told
            && !told.pour(&mut self.fields)
        {
            return self.count(Tally::Unchanged);
        }
        let begun = Begun {
            call: callsite.call(),
            level,
            fields: &mut self.fields,
            unit: self.unit.take(),
        };
        match adds {
            Adds::Nothing => record::conclude(dispatch, begun, None),
            Adds::Something => record::conclude(
                dispatch,
                begun,
                Some(&mut |draft| {
                    draft.with_pen(|pen| {
                        account.account(Some(pen));
                    });
                }),
            ),
        }
    }

    /// Counts a success that makes no event, since its beginning said so.
    #[cold]
    fn left_out(&self, callsite: &'static Callsite) {
        let Some(tap) = self.dispatch.as_ref().and_then(Tap::of) else {
            return callsite.count_unheard();
        };
        let Some(_quiet) = Quiet::enter() else {
            return quiet::count_reentrant(tap.sink());
        };
        tap.sink().count(match self.answer {
            Answer::Full => Tally::QueueFull,
            Answer::Reentrant => Tally::Reentrant,
            _ => Tally::Refused,
        });
    }
}

impl Draft<'_> {
    pub(super) fn with_pen(&mut self, write: impl FnOnce(&mut Pen<'_>)) {
        let mut pen = Pen::new(self.fields, self.masks, self.level);
        write(&mut pen);
        let (skipped, panicked) = (pen.skipped || pen.changed == Some(false), pen.panicked);
        if let Some(unit) = pen.unit.take() {
            self.wait_in(&unit);
        }
        if skipped {
            self.leave_out(Tally::Unchanged);
        }
        if panicked {
            self.mark_panicked();
        }
    }
}

/// Counts a call at the recorder of the current subscriber.
pub(super) fn count(tally: Tally) {
    let dispatch = dispatcher::get_default(Dispatch::clone);
    if let Some(tap) = Tap::of(&dispatch) {
        tap.sink().count(tally);
    }
}
