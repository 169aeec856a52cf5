//! The way of an event: from a call to the sink.

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

/// The error of a call where no layer is in the current subscriber, so that nothing records it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRecorder;

impl fmt::Display for NoRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no behavior_trace layer in the current subscriber; add `trace.layer()` to it")
    }
}

impl std::error::Error for NoRecorder {}

/// Builds an event while it is being filled in.
pub struct EventBuilder<'a> {
    /// The fields so far. The first value of a field stands.
    pub fields: &'a mut Fields,
    /// The level of the event. At [`Level::Facts`] payload and diff are not to be computed. At [`Level::Off`] the event is
    /// lost, and only the unit of work matters that it would have waited in.
    pub level: Level,
    pub(crate) sink: &'a dyn Sink,
    /// The unit of work that is named for the event.
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
    /// Lets `write` write masked fields, by the masks that the policy has now.
    pub fn masked(&mut self, write: &mut dyn FnMut(&mut Fields, &Masks)) {
        if self.level == Level::Off {
            return;
        }
        self.sink
            .with_policy(&mut |policy| write(self.fields, policy.masks()));
    }

    /// Makes the event wait in this unit of work, in place of the current one.
    pub fn wait_in(&mut self, unit: &UnitOfWorkHandle) {
        self.unit = Some(unit.clone());
    }

    /// Makes no event of this call, and counts it as `tally`.
    pub const fn leave_out(&mut self, tally: Counter) {
        self.left_out = Some(tally);
    }

    /// Marks that the application's code panicked while it filled in, and was caught.
    pub(crate) const fn mark_panicked(&mut self) {
        self.panicked = true;
    }
}

/// Makes an event of a call that succeeded, with the fields that `fill` adds, and hands it to the recorder of the current
/// subscriber.
///
/// It returns at once where no layer is alive. A panic in `fill` is caught and counted; the event is kept as far as it
/// came. A call made from within `fill` is counted and left out.
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
    /// Makes an event of an annotated function, or of a `record!`, whose names are encoded already.
    ///
    /// Without a recorder, it is counted at the call site.
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
    // Cloned, so that `fill` does not run inside `get_default`, where the application's own `tracing` events would vanish.
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

/// A call that was admitted when it began, and has succeeded.
pub(crate) struct AdmittedCall<'a> {
    /// The action and the resource.
    pub(crate) names: &'a Fields,
    pub(crate) level: Level,
    /// The captured fields, which the event is made in.
    pub(crate) fields: &'a mut Fields,
    /// The unit of work that is named for the event.
    pub(crate) unit: Option<UnitOfWorkHandle>,
}

impl LayerHandle {
    /// Makes an event of a call that has succeeded, with the fields that `fill` adds, and hands it to the recorder of the
    /// subscriber it began in.
    ///
    /// The policy was asked at its beginning; now it only gives the masks for the fields that are added. The caller catches
    /// a panic.
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
    /// `facts` writes its action, its resource and its other fields but the payload. `fill` writes the payload if the level
    /// asks for it, `around` the fields of the spans around it.
    ///
    /// The policy classifies the action now. Panics and calls from within are treated as [`record`] treats them.
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

    /// Submits the event of an annotated call, with the spans of `dispatch` around it, and shows it to other layers.
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

    /// Adds the actor and the request, from the nearest source to the farthest, and gives the event to its unit of work, or
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

/// Returns the level of the call, and whether there is room. `None`, counted, if nothing is recorded.
#[inline]
fn admit(call: &Call<'_>, sink: &dyn Sink) -> Option<(Level, Room)> {
    let Some(level) = sink.admit(call) else {
        sink.count(Counter::Refused);
        return None;
    };
    match Room::at(sink) {
        // Nothing is captured of what is lost, but for the unit of work that is to know of it.
        Room::Short if sink.is_full() => Some((Level::Off, Room::Lost)),
        Room::Gone => None,
        room => Some((level, room)),
    }
}

/// Lets the caller fill in the rest, and name the unit of work. Returns whether there is an event; none is counted.
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

/// The largest buffer that a thread keeps, in bytes: one large payload must not stay with every thread.
const KEPT: usize = 16 * 1024;

/// Lends the thread's own buffer, so that an event allocates nothing once the thread is warm.
///
/// No panic leaves it, not even one of the policy.
fn with_scratch(sink: &dyn Sink, work: impl FnOnce(&mut Fields)) {
    let mut fields = SCRATCH.try_with(RefCell::take).unwrap_or_default();
    fields.clear();
    catch_panic(sink, || work(&mut fields));
    if fields.capacity() <= KEPT {
        let _ = SCRATCH.try_with(|scratch| scratch.replace(fields));
    }
}
