//! The path of an event from a call to the sink.

mod room;

use std::cell::RefCell;
use std::fmt;

use tracing_core::{Dispatch, dispatcher};

use crate::callsite::Callsite;
use crate::clock::Timestamp;
use crate::context::Context;
use crate::field::Field;
use crate::fields::Fields;
use crate::layer_handle::{LayerHandle, any_live};
use crate::masking::Masks;
use crate::notice;
use crate::panic::catch_panic;
use crate::policy::{Call, Level};
use crate::propagation::Surrounding;
use crate::reentrancy::{self, ReentrancyGuard};
use crate::sink::{Counter, Sink};
use crate::unit::{UnitOfWorkHandle, UnitTarget};
use room::Room;
pub(crate) use room::lose;

/// The error of a call without a layer in the current subscriber, which nothing records.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NoRecorder;

impl fmt::Display for NoRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "no behavior_trace layer in the current subscriber; add `recorder.layer()` to it",
        )
    }
}

crate::debug_is_display!(NoRecorder);

impl std::error::Error for NoRecorder {}

/// An event that is being filled in.
pub struct EventBuilder<'a> {
    /// The fields so far. The first value of a field remains.
    pub fields: &'a mut Fields,
    /// The level of the event. At [`Level::Facts`] payload and diff must not be computed. At [`Level::Off`] the event is
    /// lost, and only the unit of work matters in which it would have waited.
    pub level: Level,
    pub(crate) sink: &'a dyn Sink,
    /// The unit of work that the caller names for the event.
    pub(crate) unit: Option<UnitOfWorkHandle>,
    left_out: Option<Counter>,
    panicked: bool,
}

impl fmt::Debug for EventBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventBuilder")
            .field("fields", &self.fields)
            .field("level", &self.level)
            .finish_non_exhaustive()
    }
}

impl EventBuilder<'_> {
    /// Runs `write` with the fields and the masks of the current policy.
    pub fn masked(&mut self, write: &mut dyn FnMut(&mut Fields, &Masks)) {
        if self.level == Level::Off {
            return;
        }
        self.sink
            .with_policy(&mut |policy| write(self.fields, policy.masks()));
    }

    /// Makes the event wait in this unit of work. It replaces the current one.
    pub fn wait_in(&mut self, unit: &UnitOfWorkHandle) {
        self.unit = Some(unit.clone());
    }

    /// Discards the event of this call, and counts the call as `tally`.
    pub const fn leave_out(&mut self, tally: Counter) {
        self.left_out = Some(tally);
    }

    /// Marks that the application's code panicked while it filled in fields. The panic was caught.
    pub(crate) const fn mark_panicked(&mut self) {
        self.panicked = true;
    }
}

/// Makes an event of a successful call and submits it to the recorder of the current subscriber. `fill` adds its fields.
///
/// It returns at once if no layer is alive. A panic in `fill` is caught and counted, and the event keeps the fields so far.
/// A call made within `fill` is counted and left out.
///
/// # Errors
///
/// Returns [`NoRecorder`] if no layer is in the current subscriber.
#[inline]
pub fn record(
    call: &Call<'_>,
    fill: &mut dyn FnMut(&mut EventBuilder<'_>),
) -> Result<(), NoRecorder> {
    if any_live() {
        record_live(call, None, fill)
    } else {
        Err(NoRecorder)
    }
}

impl Callsite {
    /// Makes an event of an annotated function or a `record!`, whose names are already encoded.
    ///
    /// Without a recorder, the call is counted at the call site.
    pub(crate) fn record_with(&self, fill: &mut dyn FnMut(&mut EventBuilder<'_>)) {
        if !any_live() || record_live(&self.call(), Some(self.names()), fill).is_err() {
            self.count_call_without_layer();
        }
    }
}

fn record_live(
    call: &Call<'_>,
    encoded: Option<&Fields>,
    fill: &mut dyn FnMut(&mut EventBuilder<'_>),
) -> Result<(), NoRecorder> {
    // It is cloned because inside `get_default` the application's own `tracing` events in `fill` would vanish.
    let dispatch = dispatcher::get_default(Dispatch::clone);
    let handle = LayerHandle::of(&dispatch).ok_or(NoRecorder)?;
    let sink = handle.sink();
    let Some(_guard) = ReentrancyGuard::try_enter() else {
        reentrancy::count_reentrant(sink);
        return Ok(());
    };
    with_scratch(sink, |fields| {
        let Some((level, room)) = admit(call, sink) else {
            return;
        };
        let occurred_at = Timestamp::now();
        if let Some(encoded) = encoded {
            fields.merge(encoded);
        } else {
            fields.put(Field::Action, call.action);
            fields.put(Field::Resource, call.resource);
        }
        let mut named = None;
        if complete(fields, level, sink, &mut named, fill)
            && room.is_there(handle.shared_sink(), named.as_ref())
        {
            handle.submit_from(&dispatch, occurred_at, fields, named);
        }
    });
    Ok(())
}

/// A successful call that was admitted at its beginning.
pub(crate) struct AdmittedCall<'a> {
    /// The action and the resource.
    pub(crate) names: &'a Fields,
    pub(crate) level: Level,
    /// The captured fields, extended to the event.
    pub(crate) fields: &'a mut Fields,
    /// The unit of work that the caller names for the event.
    pub(crate) unit: Option<UnitOfWorkHandle>,
}

impl LayerHandle {
    /// Makes an event of a successful call and submits it to the recorder of the subscriber in which the call began. `fill`
    /// adds fields.
    ///
    /// The policy admitted the call at its beginning and now only gives the masks for the added fields. The caller catches a
    /// panic.
    #[inline]
    pub(crate) fn finish_call(
        &self,
        dispatch: &Dispatch,
        admitted: AdmittedCall<'_>,
        fill: Option<&mut dyn FnMut(&mut EventBuilder<'_>)>,
    ) {
        let sink = self.sink();
        let AdmittedCall {
            names,
            level,
            fields,
            mut unit,
        } = admitted;
        if !Room::at(sink).is_there(self.shared_sink(), unit.as_ref()) {
            return;
        }
        let occurred_at = Timestamp::now();
        fields.merge(names);
        if fill.is_none_or(|fill| complete(fields, level, sink, &mut unit, fill)) {
            self.submit_from(dispatch, occurred_at, fields, unit);
        }
    }

    /// Makes an event of a hand-written `tracing` event.
    ///
    /// `facts` writes the action, the resource and all other fields but the payload. `fill` writes the payload if the level
    /// includes it. `around` writes the fields of the surrounding spans.
    ///
    /// The policy classifies the action now. Panics and reentrant calls are handled as in [`record`].
    pub fn collect(
        &self,
        facts: &mut dyn FnMut(&mut Fields),
        fill: &mut dyn FnMut(&mut EventBuilder<'_>),
        around: &mut dyn FnMut(&mut Fields),
    ) {
        let sink = self.sink();
        let Some(_guard) = ReentrancyGuard::try_enter() else {
            return reentrancy::count_reentrant(sink);
        };
        with_scratch(sink, |fields| {
            catch_panic(sink, || facts(fields));
            let call = Call::new(
                fields.get(Field::Action).unwrap_or_default(),
                fields.get(Field::Resource).unwrap_or_default(),
            );
            let Some((level, room)) = admit(&call, sink) else {
                return;
            };
            let occurred_at = Timestamp::now();
            let mut named = None;
            if complete(fields, level, sink, &mut named, fill)
                && room.is_there(self.shared_sink(), named.as_ref())
            {
                self.submit(occurred_at, fields, named, &mut *around);
            }
        });
    }

    /// Submits the event of an annotated call with the spans of `dispatch`, and emits its mirror.
    #[inline]
    fn submit_from(
        &self,
        dispatch: &Dispatch,
        occurred_at: Timestamp,
        fields: &mut Fields,
        named: Option<UnitOfWorkHandle>,
    ) {
        self.submit(occurred_at, fields, named, |fields| {
            self.span_fields().describe(dispatch, fields);
        });
        self.show_mirror(dispatch, fields);
    }

    /// Adds the actor and the request, from the nearest source to the farthest. Submits the event to its unit of work, or
    /// else to the sink.
    #[inline]
    fn submit(
        &self,
        occurred_at: Timestamp,
        fields: &mut Fields,
        named: Option<UnitOfWorkHandle>,
        around: impl FnOnce(&mut Fields),
    ) {
        let Surrounding { target, spans } = Context::describe_current(fields);
        if !fields.has_full_context() {
            around(fields);
            if let Some(spans) = spans {
                fields.merge(&spans);
            }
            if let Some(fallback) = self.fallback() {
                fallback.describe(fields);
            }
        }
        if !fields.names_actor() {
            self.sink().count(Counter::WithoutActor);
            notice::without_actor(fields);
        }
        match named.map(UnitTarget::InnermostSavepoint).or(target) {
            Some(target) => target.accept(self.shared_sink(), occurred_at, fields),
            None => self.sink().accept(occurred_at, fields),
        }
    }
}

/// Returns the level of the call and the room for its event, or `None` if nothing is recorded. `None` is counted.
#[inline]
fn admit(call: &Call<'_>, sink: &dyn Sink) -> Option<(Level, Room)> {
    let Some(level) = sink.admit(call) else {
        sink.count(Counter::Refused);
        return None;
    };
    match Room::at(sink) {
        // Nothing of a lost event is captured but its unit of work, which must know of the loss.
        Room::Short if sink.is_full() => Some((Level::Off, Room::Lost)),
        Room::Gone => None,
        room => Some((level, room)),
    }
}

/// Lets the caller fill in the rest and name the unit of work. Returns whether there is an event; a missing one is counted.
fn complete(
    fields: &mut Fields,
    level: Level,
    sink: &dyn Sink,
    unit: &mut Option<UnitOfWorkHandle>,
    fill: &mut dyn FnMut(&mut EventBuilder<'_>),
) -> bool {
    let mut builder = EventBuilder {
        fields,
        level,
        sink,
        unit: unit.take(),
        left_out: None,
        panicked: false,
    };
    catch_panic(sink, || fill(&mut builder));
    if builder.panicked {
        sink.count(Counter::Panicked);
    }
    *unit = builder.unit;
    if let Some(tally) = builder.left_out {
        sink.count(tally);
    }
    builder.left_out.is_none()
}

thread_local! {
    static SCRATCH: RefCell<Fields> = const { RefCell::new(Fields::new()) };
}

/// The maximum size of a buffer that a thread keeps, in bytes. A large payload must not stay with every thread.
const KEPT: usize = 16 * 1024;

/// Passes the thread's own buffer to `work`, so that an event does not allocate once the thread is warm.
///
/// It catches every panic, even of the policy.
fn with_scratch(sink: &dyn Sink, work: impl FnOnce(&mut Fields)) {
    let mut fields = SCRATCH.try_with(RefCell::take).unwrap_or_default();
    fields.clear();
    catch_panic(sink, || work(&mut fields));
    if fields.capacity() <= KEPT {
        let _ = SCRATCH.try_with(|scratch| scratch.replace(fields));
    }
}
