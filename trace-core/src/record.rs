//! The one way of an event: from a call to the sink.

use std::cell::RefCell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tracing_core::{Dispatch, dispatcher};

use crate::callsite::Callsite;
use crate::clock::Timestamp;
use crate::context::{Context, Surrounding};
use crate::field::Field;
use crate::fields::Fields;
use crate::notice;
use crate::payload::Masks;
use crate::policy::{Call, Level};
use crate::quiet::{self, ReentrancyGuard};
use crate::sink::{Counter, Sink};
use crate::tap::{LayerHandle, any_live};
use crate::unit::{Place, UnitOfWorkHandle};

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
pub struct EventBuilder<'a> {
    /// What has been said so far. The first value of a field stands.
    pub fields: &'a mut Fields,
    /// How much is recorded. At [`Level::Facts`] payload and diff are not to be computed; at [`Level::Off`] the event is lost,
    /// and only the unit of work matters that it would have waited in.
    pub level: Level,
    pub(crate) sink: &'a dyn Sink,
    /// The unit of work that the event waits in, if it is named.
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
    /// Writes what is masked, by the names that the policy masks now.
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

    /// Code of the host that filled it in has panicked, and was caught.
    pub(crate) const fn mark_panicked(&mut self) {
        self.panicked = true;
    }
}

/// Makes an event of a call that succeeded, with what `fill` adds to it, and hands it to the recorder of the current
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
    /// The same of an annotated function, or of a `record!`, whose names are encoded already; where nobody records, it is
    /// counted at the call site.
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
    // Cloned, so that `fill` does not run inside `get_default`, where the host's own `tracing` events would vanish.
    let dispatch = dispatcher::get_default(Dispatch::clone);
    let tap = LayerHandle::of(&dispatch).ok_or(NoRecorder)?;
    let sink = tap.sink();
    let Some(_quiet) = ReentrancyGuard::enter() else {
        quiet::count_reentrant(sink);
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
            && room.is_there(tap.shared_sink(), named.as_ref())
        {
            tap.hand_over_from(&dispatch, occurred_at, fields, named);
        }
    });
    Ok(())
}

/// A call that was admitted when it began, and has succeeded.
pub(crate) struct Begun<'a> {
    /// Its action and its resource.
    pub(crate) names: &'a Fields,
    pub(crate) level: Level,
    /// What was captured, which the event is made in.
    pub(crate) fields: &'a mut Fields,
    /// The unit of work that the event waits in, if it is named.
    pub(crate) unit: Option<UnitOfWorkHandle>,
}

impl LayerHandle {
    /// Makes an event of a call that has succeeded, with what `fill` adds, and hands it to the recorder of the subscriber it
    /// began in. The policy has been asked at its beginning; now it says no more than what is masked in what is added. A
    /// panic is the caller's to catch.
    #[inline]
    pub(crate) fn conclude(
        &self,
        dispatch: &Dispatch,
        begun: Begun<'_>,
        fill: Option<&mut dyn FnMut(&mut EventBuilder<'_>)>,
    ) {
        let sink = self.sink();
        let Begun {
            names,
            level,
            fields,
            mut unit,
        } = begun;
        if !Room::at(sink).is_there(self.shared_sink(), unit.as_ref()) {
            return;
        }
        let occurred_at = Timestamp::now();
        fields.merge(names);
        if fill.is_none_or(|fill| complete(fields, level, sink, &mut unit, fill)) {
            self.hand_over_from(dispatch, occurred_at, fields, unit);
        }
    }

    /// Makes an event of a hand-written `tracing` event: `facts` writes its action, its resource and whatever else it
    /// says but the payload, `fill` the payload if the level asks for it, `around` what the spans around it say.
    ///
    /// The policy judges the action now. Panics and calls from within are treated as [`record`] treats them.
    pub fn collect(
        &self,
        facts: &mut dyn FnMut(&mut Fields),
        fill: &mut dyn FnMut(&mut EventBuilder<'_>),
        around: &mut dyn FnMut(&mut Fields),
    ) {
        let sink = self.sink();
        let Some(_quiet) = ReentrancyGuard::enter() else {
            return quiet::count_reentrant(sink);
        };
        with_scratch(sink, |fields| {
            guarded(sink, || facts(fields));
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
                self.hand_over(occurred_at, fields, named, &mut *around);
            }
        });
    }

    /// Hands over what was annotated, the spans around being those of `dispatch`, and shows it to other layers.
    #[inline]
    fn hand_over_from(
        &self,
        dispatch: &Dispatch,
        occurred_at: Timestamp,
        fields: &mut Fields,
        named: Option<UnitOfWorkHandle>,
    ) {
        self.hand_over(occurred_at, fields, named, |fields| {
            self.surroundings().describe(dispatch, fields);
        });
        self.mirror().show(self, dispatch, fields);
    }

    /// Adds who acts and through which request, from the nearest source to the farthest, and gives the event to the unit of work it
    /// waits in, or else to the sink.
    #[inline]
    fn hand_over(
        &self,
        occurred_at: Timestamp,
        fields: &mut Fields,
        named: Option<UnitOfWorkHandle>,
        around: impl FnOnce(&mut Fields),
    ) {
        let Surrounding { place, spans } = Context::describe_current(fields);
        if !fields.say_it_all() {
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
        match named.map(Place::Flow).or(place) {
            Some(place) => place.accept(self.shared_sink(), occurred_at, fields),
            None => self.sink().accept(occurred_at, fields),
        }
    }
}

/// How much of the call is recorded, and whether there is room; `None`, counted, if nothing.
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

/// Whether a recorder has room for one more event.
#[derive(Clone, Copy, Debug)]
enum Room {
    There,
    /// There is none now. Where the event belongs decides what that means.
    Short,
    /// There was none when the event was begun, and nothing is known of it but where it belongs.
    Lost,
    /// There is none, which has been counted.
    Gone,
}

impl Room {
    #[inline]
    fn at(sink: &dyn Sink) -> Self {
        match sink.room() {
            Some(true) => Self::There,
            Some(false) => Self::Short,
            None if sink.has_room() => Self::There,
            None => Self::Gone,
        }
    }

    /// Whether there is room in the end. If not, that is counted, or known to the unit of work that the event belongs to.
    #[inline]
    fn is_there(self, sink: &Arc<dyn Sink>, named: Option<&UnitOfWorkHandle>) -> bool {
        match self {
            Self::There => true,
            Self::Short => find_room(sink, named),
            Self::Lost => {
                lose(sink, named.cloned());
                false
            }
            Self::Gone => false,
        }
    }
}

#[cold]
#[inline(never)]
fn find_room(sink: &Arc<dyn Sink>, named: Option<&UnitOfWorkHandle>) -> bool {
    let named = named.cloned().map(Place::Flow);
    match named.or_else(Context::current_place) {
        Some(place) => place.find_room(sink),
        None => sink.has_room(),
    }
}

/// Counts a call that found no room when it began, or lets the unit of work know that it belongs to.
#[inline]
pub(crate) fn lose(sink: &Arc<dyn Sink>, named: Option<UnitOfWorkHandle>) {
    if named.is_none() && !Context::may_wait() {
        sink.count(Counter::QueueFull);
    } else {
        lose_in_unit(sink, named);
    }
}

#[cold]
#[inline(never)]
fn lose_in_unit(sink: &Arc<dyn Sink>, named: Option<UnitOfWorkHandle>) {
    let named = named.map(Place::Flow);
    match named.or_else(Context::current_place) {
        Some(place) => place.lose(sink),
        None => sink.count(Counter::QueueFull),
    }
}

/// Lets the caller fill in the rest, and name the unit of work that the event waits in; whether there is an event, and
/// counted if not.
fn complete(
    fields: &mut Fields,
    level: Level,
    sink: &dyn Sink,
    unit: &mut Option<UnitOfWorkHandle>,
    fill: &mut dyn FnMut(&mut EventBuilder<'_>),
) -> bool {
    let mut draft = EventBuilder {
        fields,
        level,
        sink,
        unit: unit.take(),
        left_out: None,
        panicked: false,
    };
    guarded(sink, || fill(&mut draft));
    if draft.panicked {
        sink.count(Counter::Panicked);
    }
    *unit = draft.unit;
    if let Some(tally) = draft.left_out {
        sink.count(tally);
    }
    draft.left_out.is_none()
}

/// Runs code of the host; a panic in it is counted and goes no further.
#[inline]
pub(crate) fn guarded(sink: &dyn Sink, work: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(work)).is_err() {
        sink.count(Counter::Panicked);
    }
}

thread_local! {
    static SCRATCH: RefCell<Fields> = const { RefCell::new(Fields::new()) };
}

/// Above this a thread's buffer is given back after the event that needed it: one large payload does not occupy every
/// thread for good.
const KEPT: usize = 16 * 1024;

/// Lends the thread's own buffer, so that an event allocates nothing once the thread is warm.
/// No panic leaves it, whoever's policy it is that panics.
fn with_scratch(sink: &dyn Sink, work: impl FnOnce(&mut Fields)) {
    let mut fields = SCRATCH.try_with(RefCell::take).unwrap_or_default();
    fields.clear();
    guarded(sink, || work(&mut fields));
    if fields.capacity() <= KEPT {
        let _ = SCRATCH.try_with(|scratch| scratch.replace(fields));
    }
}
