//! The event writer, for the attribute's arguments and for the body.

mod arguments;
mod closures;

use std::fmt::Display;

use serde::Serialize;

use crate::field::Field;
use crate::fields::Fields;
use crate::masking::{CaptureResult, Masks};
use crate::payload::{self, Changed};
use crate::policy::Level;
use crate::sink::Sink;
use crate::unit::UnitOfWorkHandle;
pub(crate) use arguments::{AsActor, AsUnit, Count, Payload, Reason, ResourceId};
use closures::WriteMasked;
pub(crate) use closures::{OnlyId, WriteFields};

/// A writer of an event's fields, from the attribute's arguments and the body's [`EventHandle`](crate::EventHandle).
///
/// The application's code may panic meanwhile. The writer catches the panic, marks the field and sets a flag.
pub struct EventWriter<'a> {
    fields: &'a mut Fields,
    /// The unit of work that the attribute names for the event.
    unit: &'a mut Option<UnitOfWorkHandle>,
    /// The sink, whose policy holds the masks.
    sink: &'a dyn Sink,
    level: Level,
    pub(crate) panicked: bool,
    pub(crate) skipped: bool,
    /// The result of the diffs, whether they found a change; `None` before the first diff.
    pub(crate) changed: Option<bool>,
}

impl<'a> EventWriter<'a> {
    pub(crate) const fn new(
        fields: &'a mut Fields,
        unit: &'a mut Option<UnitOfWorkHandle>,
        sink: &'a dyn Sink,
        level: Level,
    ) -> Self {
        Self {
            fields,
            unit,
            sink,
            level,
            panicked: false,
            skipped: false,
            changed: None,
        }
    }

    /// Returns whether payload and diff are recorded. If not, they must not be computed.
    pub fn wants_payload(&self) -> bool {
        self.level >= Level::Payload
    }

    /// Returns whether the event is lost, so that only its unit of work is needed.
    #[inline]
    const fn is_blind(&self) -> bool {
        matches!(self.level, Level::Off)
    }

    /// Discards the event of this call.
    pub const fn skip(&mut self) {
        self.skipped = true;
    }

    /// Writes the id of the resource.
    pub fn resource_id<T: ResourceId + ?Sized>(&mut self, id: &T) {
        if self.is_blind() {
            return;
        }
        let capture = id.write(self.fields);
        self.note(capture);
    }

    /// Writes the reason.
    pub fn reason<T: Reason + ?Sized>(&mut self, reason: &T) {
        if self.is_blind() {
            return;
        }
        let capture = reason.write(self.fields);
        self.note(capture);
    }

    /// Writes a text unchanged.
    pub(crate) fn text(&mut self, field: Field, text: &str) {
        if self.is_blind() {
            return;
        }
        payload::write_text(self.fields, field, text);
    }

    /// Writes the `Display` text of a value.
    pub(crate) fn displayed(&mut self, field: Field, value: &dyn Display) {
        if self.is_blind() {
            return;
        }
        let capture = payload::write_display(self.fields, field, value);
        self.note(capture);
    }

    /// Writes the actor. It replaces the context's actor.
    pub fn actor<T: AsActor + ?Sized>(&mut self, actor: &T) {
        if self.is_blind() {
            return;
        }
        if let Some(actor) = actor.as_actor() {
            actor.write(self.fields);
        }
    }

    /// Writes the payload.
    pub fn payload<T: Payload + ?Sized>(&mut self, payload: &T) {
        if self.is_blind() {
            return;
        }
        let mut capture = CaptureResult::Written;
        self.masked(&mut |fields: &mut Fields, masks: &Masks| {
            capture = payload.write(fields, masks);
        });
        self.note(capture);
    }

    /// Writes the number of changed resources.
    pub fn count<T: Count>(&mut self, count: &T) {
        if self.is_blind() {
            return;
        }
        self.fields.write(Field::Count, |bytes| count.write(bytes));
    }

    /// Writes the ids of changed resources: the first 20, each with up to 255 characters.
    pub fn ids<I>(&mut self, ids: I)
    where
        I: IntoIterator,
        I::Item: Display,
    {
        if self.is_blind() {
            return;
        }
        let capture = payload::write_ids(self.fields, ids);
        self.note(capture);
    }

    /// Sets the unit of work that the event waits in. It replaces the current one.
    pub fn unit<T: AsUnit + ?Sized>(&mut self, unit: &T) {
        self.unit.get_or_insert_with(|| unit.as_unit().clone());
    }

    /// Writes the difference of two values, without the fields in `ignore`.
    pub fn diff<B, A>(&mut self, before: &B, after: &A, ignore: &[&str])
    where
        B: Serialize + ?Sized,
        A: Serialize + ?Sized,
    {
        if self.is_blind() {
            return;
        }
        let mut changed = Changed::No;
        self.masked(&mut |fields: &mut Fields, masks: &Masks| {
            changed = payload::write_diff(fields, masks, before, after, ignore);
        });
        self.panicked |= changed == Changed::Unknown(CaptureResult::Panicked);
        self.changed = Some(changed != Changed::No);
    }

    /// Runs `value` with the masks of the current policy.
    fn masked(&mut self, value: &mut dyn WriteMasked) {
        self.sink
            .with_policy(&mut |policy| value.write(self.fields, policy.masks()));
    }

    fn note(&mut self, capture: CaptureResult) {
        self.panicked |= capture == CaptureResult::Panicked;
    }
}
