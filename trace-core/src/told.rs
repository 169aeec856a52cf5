//! What the body says for itself: `bind = event`.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::value::RawValue;
use tracing_core::Dispatch;

use crate::__private::Pen;
use crate::actor::Actor;
use crate::field::Field;
use crate::fields::Fields;
use crate::policy::Level;
use crate::quiet::{self, ReentrancyGuard};
use crate::sink::Counter;
use crate::tap::LayerHandle;

/// The body's say in its own event, under the name that `bind = …` gives it.
///
/// What it is told reaches the event when the call succeeds, and goes before what the attribute's arguments say; of what
/// is said twice, the later stands. It is owned and `Send`, so that it lives across awaits and may be moved into a boxed
/// future; functions that help may take it as `&EventHandle`. While nothing is recorded it is empty, and its methods return at
/// once.
///
/// ```
/// # use behavior_trace_core::EventHandle;
/// # #[derive(serde::Serialize)] struct Order { approved: bool }
/// fn approve(order: &mut Order, event: &EventHandle) {
///     let before = Order { ..*order };
///     order.approved = true;
///     event.diff(&before, order);
/// }
/// ```
pub struct EventHandle(Option<Arc<Told>>);

impl EventHandle {
    /// One that records nothing, for calling a function that takes a `&EventHandle` from where there is none.
    pub const fn disabled() -> Self {
        Self(None)
    }

    pub(crate) const fn of(told: Arc<Told>) -> Self {
        Self(Some(told))
    }

    /// Whether an event is being made of this call: ask before you compute something for it alone.
    pub const fn is_enabled(&self) -> bool {
        self.0.is_some()
    }

    /// Says what changed: the fields that differ between the two, by name, from and to.
    ///
    /// If nothing does, the call makes no event, unless the attribute says `unchanged = record`. Said more than once,
    /// the differences add up, and of one field the later stands.
    pub fn diff<B, A>(&self, before: &B, after: &A)
    where
        B: Serialize + ?Sized,
        A: Serialize + ?Sized,
    {
        self.say(&mut |pen| {
            if pen.wants_payload() {
                pen.diff(before, after, &[]);
            }
        });
    }

    /// The same, without the fields that `ignore` names, by key or by dotted path: `updated_at`, say.
    pub fn diff_ignoring<B, A>(&self, before: &B, after: &A, ignore: &[&str])
    where
        B: Serialize + ?Sized,
        A: Serialize + ?Sized,
    {
        self.say(&mut |pen| {
            if pen.wants_payload() {
                pen.diff(before, after, ignore);
            }
        });
    }

    /// Says which one it was done to.
    pub fn resource_id(&self, id: impl Display) {
        self.say(&mut |pen| pen.resource_id(&id));
    }

    /// Says something of your own, any `Serialize`.
    pub fn payload<T: Serialize + ?Sized>(&self, payload: &T) {
        self.say(&mut |pen| {
            if pen.wants_payload() {
                pen.payload(payload);
            }
        });
    }

    /// Says who did it, if it is not who the context says.
    pub fn actor(&self, actor: &Actor) {
        self.say(&mut |pen| pen.actor(actor));
    }

    /// Says why.
    pub fn reason(&self, reason: impl Display) {
        self.say(&mut |pen| pen.reason(&reason));
    }

    /// Says how many were changed, by a bulk operation.
    pub fn count(&self, count: usize) {
        self.say(&mut |pen| pen.count(&count));
    }

    /// Says which ones were changed; the first 20 are kept.
    pub fn ids<I>(&self, ids: I)
    where
        I: IntoIterator,
        I::Item: Display,
    {
        let mut ids = Some(ids);
        self.say(&mut |pen| {
            if let Some(ids) = ids.take() {
                pen.ids(ids);
            }
        });
    }

    /// Makes no event of this call, even if it succeeds.
    pub fn skip(&self) {
        if let Some(told) = &self.0 {
            told.state().skipped = true;
        }
    }

    fn say(&self, write: &mut dyn FnMut(&mut Pen<'_>)) {
        if let Some(told) = &self.0 {
            told.say(write);
        }
    }
}

impl fmt::Debug for EventHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventHandle")
            .field("on", &self.is_enabled())
            .finish()
    }
}

/// What the body has said so far, shared with the end of the call.
pub(crate) struct Told {
    dispatch: Dispatch,
    level: Level,
    records_unchanged: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    fields: Fields,
    skipped: bool,
    /// Whether a diff found anything, once there was one.
    changed: Option<bool>,
}

impl Told {
    pub(crate) fn new(dispatch: Dispatch, level: Level, records_unchanged: bool) -> Self {
        Self {
            dispatch,
            level,
            records_unchanged,
            state: Mutex::default(),
        }
    }

    /// Lets `write` write into a buffer of its own, so that the host's code never runs under the lock.
    fn say(&self, write: &mut dyn FnMut(&mut Pen<'_>)) {
        let Some(tap) = LayerHandle::of(&self.dispatch) else {
            return;
        };
        let Some(_quiet) = ReentrancyGuard::enter() else {
            return quiet::count_reentrant(tap.sink());
        };
        let sink = tap.sink();
        let mut said = State::default();
        let ended = catch_unwind(AssertUnwindSafe(|| {
            let mut unit = None;
            let mut pen = Pen::new(&mut said.fields, &mut unit, sink, self.level);
            write(&mut pen);
            said.changed = pen.changed;
            if pen.panicked {
                sink.count(Counter::Panicked);
            }
        }));
        if ended.is_err() {
            sink.count(Counter::Panicked);
        }
        self.state().add(said);
    }

    /// Puts what was said before what was captured. `false` if no event is to be made.
    pub(crate) fn pour(&self, captured: &mut Fields) -> bool {
        let mut state = self.state();
        if state.skipped || (state.changed == Some(false) && !self.records_unchanged) {
            return false;
        }
        let mut said = std::mem::take(&mut state.fields);
        said.merge(captured);
        *captured = said;
        true
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What is said later goes first; two diffs are put together.
    fn add(&mut self, mut said: Self) {
        if let Some(both) = both_diffs(&self.fields, &said.fields) {
            said.fields.remove(Field::Diff);
            said.fields.append(Field::Diff, |bytes| {
                bytes.extend_from_slice(both.as_bytes());
            });
        }
        said.fields.merge(&self.fields);
        std::mem::swap(&mut self.fields, &mut said.fields);
        if let Some(changed) = said.changed {
            self.changed = Some(changed || self.changed == Some(true));
        }
    }
}

fn both_diffs(first: &Fields, second: &Fields) -> Option<String> {
    // Keys are owned: one with an escape in it cannot be borrowed.
    type Diff<'a> = BTreeMap<String, &'a RawValue>;
    let (first, second) = (first.get(Field::Diff)?, second.get(Field::Diff)?);
    let mut both: Diff<'_> = serde_json::from_str(first).ok()?;
    both.extend(serde_json::from_str::<Diff<'_>>(second).ok()?);
    serde_json::to_string(&both).ok()
}

impl fmt::Debug for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Told").finish_non_exhaustive()
    }
}
