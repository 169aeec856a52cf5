//! The one way of an event: from a call to the sink.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tracing_core::{Dispatch, dispatcher};

use crate::clock::Timestamp;
use crate::context::Context;
use crate::fields::{Field, Fields};
use crate::policy::{Admission, Call, Level, Masks, Policy};
use crate::sink::Tally;
use crate::tap::{Tap, any_live};

/// No layer stands in the current subscriber: the call was made where nobody records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRecorder;

impl fmt::Display for NoRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no behavior_trace layer in the current subscriber; add `trace.layer()` to it")
    }
}

impl std::error::Error for NoRecorder {}

/// An event while it is being filled in.
#[derive(Debug)]
pub struct Draft<'a> {
    /// What has been said so far. The first value of a field stands.
    pub fields: &'a mut Fields,
    /// The names whose values are masked as they are written.
    pub masks: &'a Masks,
    /// How much is recorded. At [`Level::Facts`] payload and diff are not to be computed.
    pub level: Level,
    left_out: Option<Tally>,
}

impl Draft<'_> {
    /// Makes no event of this call, and counts it as `tally`.
    pub const fn leave_out(&mut self, tally: Tally) {
        self.left_out = Some(tally);
    }
}

/// Makes an event of a call that succeeded, with what `fill` adds to it, and hands it to the recorder of the current
/// subscriber.
///
/// It returns at once where no layer is alive. A panic in `fill` is caught and counted; the event is kept as far as it
/// came. A call made from within `fill` is counted and left out.
pub fn record(call: &Call<'_>, fill: &mut dyn FnMut(&mut Draft<'_>)) -> Result<(), NoRecorder> {
    if !any_live() {
        return Err(NoRecorder);
    }
    // Cloned, so that `fill` does not run inside `get_default`, where the host's own `tracing` events would vanish.
    let dispatch = dispatcher::get_default(Dispatch::clone);
    let tap = Tap::of(&dispatch).ok_or(NoRecorder)?;
    let Some(_busy) = Busy::enter() else {
        tap.sink().count(Tally::Reentrant);
        return Ok(());
    };
    with_scratch(|fields| {
        tap.sink()
            .with_policy(&mut |policy| make(call, policy, tap, &dispatch, fields, fill));
    });
    Ok(())
}

fn make(
    call: &Call<'_>,
    policy: &dyn Policy,
    tap: &Tap,
    dispatch: &Dispatch,
    fields: &mut Fields,
    fill: &mut dyn FnMut(&mut Draft<'_>),
) {
    let sink = tap.sink();
    let level = match policy.admit(call) {
        Admission::Admitted(level) if level > Level::Off => level,
        _ => return sink.count(Tally::Refused),
    };
    if !sink.has_room() {
        return;
    }
    let occurred_at = Timestamp::now();
    fields.put(Field::Action, call.action);
    fields.put(Field::Resource, call.resource);
    let mut draft = Draft {
        fields,
        masks: policy.masks(),
        level,
        left_out: None,
    };
    if catch_unwind(AssertUnwindSafe(|| fill(&mut draft))).is_err() {
        sink.count(Tally::Panicked);
    }
    if let Some(tally) = draft.left_out {
        return sink.count(tally);
    }
    Context::describe_current(fields);
    tap.surroundings().describe(dispatch, fields);
    sink.accept(occurred_at, fields);
}

/// Set while an event is being made on this thread, so that what that work does is never recorded itself.
struct Busy;

thread_local! {
    static BUSY: Cell<bool> = const { Cell::new(false) };
    static SCRATCH: RefCell<Fields> = const { RefCell::new(Fields::new()) };
}

impl Busy {
    fn enter() -> Option<Self> {
        // While the thread is being torn down there is no flag left to set; then nothing is recorded.
        BUSY.try_with(|busy| !busy.replace(true))
            .unwrap_or(false)
            .then_some(Self)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let _ = BUSY.try_with(|busy| busy.set(false));
    }
}

/// Lends the thread's own buffer, so that an event allocates nothing once the thread is warm.
fn with_scratch(work: impl FnOnce(&mut Fields)) {
    let mut fields = SCRATCH.try_with(RefCell::take).unwrap_or_default();
    fields.clear();
    work(&mut fields);
    let _ = SCRATCH.try_with(|scratch| scratch.replace(fields));
}
