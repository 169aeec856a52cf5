//! The end of a call.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing_core::{Dispatch, dispatcher};

use crate::__private::entry::{Answer, Begun, Entry, Kept};
use crate::__private::pen::Pen;
use crate::callsite::Callsite;
use crate::field::Field;
use crate::fields::Fields;
use crate::policy::Level;
use crate::record::{Draft, record};
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

/// Ends a call that has returned. While nothing is recorded the value stays where it is, in registers if it can.
#[inline]
pub(super) fn end<R>(
    callsite: &'static Callsite,
    entry: impl Begun,
    returned: R,
    account: impl FnMut(&R, Option<&mut Pen<'_>>) -> bool,
) -> R {
    match entry.on() {
        Some(entry) => look_at(callsite, entry, returned, account),
        None => returned,
    }
}

#[cold]
#[inline(never)]
fn look_at<R>(
    callsite: &'static Callsite,
    entry: Entry,
    returned: R,
    mut account: impl FnMut(&R, Option<&mut Pen<'_>>) -> bool,
) -> R {
    conclude(callsite, entry, &mut |pen: Option<&mut Pen<'_>>| {
        account(&returned, pen)
    });
    returned
}

/// The call has returned; `account` knows what.
fn conclude(callsite: &'static Callsite, mut entry: Entry, account: &mut dyn Account) {
    let kept = entry.ended();
    if kept.is_none() && !any_live() {
        return;
    }
    match catch_unwind(AssertUnwindSafe(|| account.account(None))) {
        Ok(true) => succeeded(callsite, kept, account),
        Ok(false) => {}
        // Whether it succeeded is not known then; a wrong event would be worse than none.
        Err(_) => count(Tally::Panicked),
    }
}

fn succeeded(callsite: &'static Callsite, kept: Option<&Kept>, account: &mut dyn Account) {
    match kept.map(|kept| kept.answer) {
        None | Some(Answer::Admitted(_)) => {}
        Some(Answer::Refused) => return count(Tally::Refused),
        Some(Answer::Unheard) => return callsite.count_unheard(),
    }
    let heard = record(&callsite.call(), &mut |draft| {
        if let Some(kept) = kept {
            if let Some(told) = &kept.told {
                told.pour(draft);
            }
            take_over(&kept.fields, draft);
            if let Some(unit) = &kept.unit {
                draft.wait_in(unit);
            }
        }
        draft.with_pen(|pen| {
            account.account(Some(pen));
        });
    });
    if heard.is_err() {
        callsite.count_unheard();
    }
}

/// Adds what was captured at the entry. The level may have been lowered since.
fn take_over(captured: &Fields, draft: &mut Draft<'_>) {
    draft.fields.merge(captured);
    if draft.level < Level::Payload {
        draft.fields.remove(Field::Payload);
        draft.fields.remove(Field::Diff);
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
            count(Tally::Panicked);
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
