//! The handle with which a body adds fields to the event of its call: `bind = event`.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde_json::value::RawValue;
use tracing_core::Dispatch;

use crate::actor::Actor;
use crate::event_writer::EventWriter;
use crate::field::Field;
use crate::fields::Fields;
use crate::layer_handle::LayerHandle;
use crate::policy::Level;
use crate::reentrancy::{self, ReentrancyGuard};
use crate::sink::Counter;

/// A handle that adds fields to the event of the running call. `bind = …` gives it its name.
///
/// The fields reach the event when the call succeeds. They take precedence over the attribute's arguments. If a field is
/// given twice, the later value replaces the earlier one.
///
/// The handle is owned and `Send`: it lives across awaits and may be moved into a boxed future. Other functions may take it
/// as `&EventHandle`. While nothing is recorded it is empty, and its methods return at once.
///
/// ```
/// # use behavior_trace::EventHandle;
/// # #[derive(serde::Serialize)] struct Order { approved: bool }
/// fn approve(order: &mut Order, event: &EventHandle) {
///     let before = Order { ..*order };
///     order.approved = true;
///     event.diff(&before, order);
/// }
/// ```
pub struct EventHandle(Option<Arc<CallNotes>>);

impl EventHandle {
    /// Returns a handle that records nothing. Pass it to a function that takes `&EventHandle` if the caller has no handle.
    pub const fn disabled() -> Self {
        Self(None)
    }

    pub(crate) const fn of(notes: Arc<CallNotes>) -> Self {
        Self(Some(notes))
    }

    /// Returns whether this call is recorded. Check it before computing a value only for the event.
    pub const fn is_enabled(&self) -> bool {
        self.0.is_some()
    }

    /// Adds the difference of two values: the fields that differ, by name, each with `from` and `to`.
    ///
    /// If no field differs, the call makes no event, unless the attribute has `unchanged = record`. Several diffs are
    /// merged; for the same field the later one wins.
    pub fn diff<B, A>(&self, before: &B, after: &A)
    where
        B: Serialize + ?Sized,
        A: Serialize + ?Sized,
    {
        self.write(&mut |writer| {
            if writer.wants_payload() {
                writer.diff(before, after, &[]);
            }
        });
    }

    /// Adds the difference of two values without the fields in `ignore`, given as keys or dotted paths, such as
    /// `updated_at`.
    pub fn diff_ignoring<B, A>(&self, before: &B, after: &A, ignore: &[&str])
    where
        B: Serialize + ?Sized,
        A: Serialize + ?Sized,
    {
        self.write(&mut |writer| {
            if writer.wants_payload() {
                writer.diff(before, after, ignore);
            }
        });
    }

    /// Sets the id of the resource.
    pub fn resource_id(&self, id: impl Display) {
        self.write(&mut |writer| writer.resource_id(&id));
    }

    /// Sets the payload, any `Serialize` value.
    pub fn payload<T: Serialize + ?Sized>(&self, payload: &T) {
        self.write(&mut |writer| {
            if writer.wants_payload() {
                writer.payload(payload);
            }
        });
    }

    /// Sets the actor. It replaces the context's actor.
    pub fn actor(&self, actor: &Actor) {
        self.write(&mut |writer| writer.actor(actor));
    }

    /// Sets the reason.
    pub fn reason(&self, reason: impl Display) {
        self.write(&mut |writer| writer.reason(&reason));
    }

    /// Sets the number of resources that a bulk operation changed.
    pub fn count(&self, count: usize) {
        self.write(&mut |writer| writer.count(&count));
    }

    /// Sets the ids of the changed resources. The first 20 are kept.
    pub fn ids<I>(&self, ids: I)
    where
        I: IntoIterator,
        I::Item: Display,
    {
        let mut ids = Some(ids);
        self.write(&mut |writer| {
            if let Some(ids) = ids.take() {
                writer.ids(ids);
            }
        });
    }

    /// Discards the event of this call, even if the call succeeds.
    pub fn skip(&self) {
        if let Some(notes) = &self.0 {
            notes.state().skipped = true;
        }
    }

    fn write(&self, write: &mut dyn FnMut(&mut EventWriter<'_>)) {
        if let Some(notes) = &self.0 {
            notes.write(write);
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

/// The fields that the body has written so far, shared with the end of the call.
pub(crate) struct CallNotes {
    dispatch: Dispatch,
    level: Level,
    records_unchanged: bool,
    state: Mutex<NotesState>,
}

#[derive(Default)]
struct NotesState {
    fields: Fields,
    skipped: bool,
    /// The result of the diffs, whether they found a change; `None` before the first diff.
    changed: Option<bool>,
}

impl CallNotes {
    pub(crate) fn new(dispatch: Dispatch, level: Level, records_unchanged: bool) -> Self {
        Self {
            dispatch,
            level,
            records_unchanged,
            state: Mutex::default(),
        }
    }

    /// Runs `write` on a separate buffer first, so that the application's code never runs under the lock.
    fn write(&self, write: &mut dyn FnMut(&mut EventWriter<'_>)) {
        let Some(handle) = LayerHandle::of(&self.dispatch) else {
            return;
        };
        let Some(_guard) = ReentrancyGuard::try_enter() else {
            return reentrancy::count_reentrant(handle.sink());
        };
        let sink = handle.sink();
        let mut written = NotesState::default();
        let ended = catch_unwind(AssertUnwindSafe(|| {
            let mut unit = None;
            let mut writer = EventWriter::new(&mut written.fields, &mut unit, sink, self.level);
            write(&mut writer);
            written.changed = writer.changed;
            if writer.panicked {
                sink.count(Counter::Panicked);
            }
        }));
        if ended.is_err() {
            sink.count(Counter::Panicked);
        }
        self.state().add(written);
    }

    /// Puts the notes before the captured fields. Returns `false` if the call makes no event.
    pub(crate) fn merge_into(&self, captured: &mut Fields) -> bool {
        let mut state = self.state();
        if state.skipped || (state.changed == Some(false) && !self.records_unchanged) {
            return false;
        }
        let mut written = std::mem::take(&mut state.fields);
        written.merge(captured);
        *captured = written;
        true
    }

    fn state(&self) -> MutexGuard<'_, NotesState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl NotesState {
    /// Puts later notes before earlier ones and joins two diffs.
    fn add(&mut self, mut written: Self) {
        if let Some(both) = both_diffs(&self.fields, &written.fields) {
            written.fields.remove(Field::Diff);
            written.fields.append(Field::Diff, |bytes| {
                bytes.extend_from_slice(both.as_bytes());
            });
        }
        written.fields.merge(&self.fields);
        std::mem::swap(&mut self.fields, &mut written.fields);
        if let Some(changed) = written.changed {
            self.changed = Some(changed || self.changed == Some(true));
        }
    }
}

fn both_diffs(first: &Fields, second: &Fields) -> Option<String> {
    // Keys are owned, because a key with an escape cannot be borrowed.
    type Diff<'a> = BTreeMap<String, &'a RawValue>;
    let (first, second) = (first.get(Field::Diff)?, second.get(Field::Diff)?);
    let mut both: Diff<'_> = serde_json::from_str(first).ok()?;
    both.extend(serde_json::from_str::<Diff<'_>>(second).ok()?);
    serde_json::to_string(&both).ok()
}

impl fmt::Debug for CallNotes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallNotes").finish_non_exhaustive()
    }
}
