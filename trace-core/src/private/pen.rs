//! Writes what the attribute's arguments say.

use std::fmt::Display;

use serde::Serialize;

use crate::actor::Actor;
use crate::field::Field;
use crate::fields::Fields;
use crate::payload::{self, Capture, Changed, Masks};
use crate::policy::Level;
use crate::sink::Sink;
use crate::unit::UnitOfWorkHandle;

/// Writes fields, as the attribute's arguments and the body's [`EventHandle`](crate::EventHandle) say them. The host's code that
/// runs meanwhile may panic: that is caught, marked and remembered.
pub struct Pen<'a> {
    fields: &'a mut Fields,
    /// The unit of work that the event waits in, if it is named.
    unit: &'a mut Option<UnitOfWorkHandle>,
    /// Is asked what is to be masked, by what has to know.
    sink: &'a dyn Sink,
    level: Level,
    pub(crate) panicked: bool,
    pub(crate) skipped: bool,
    /// Whether a diff found anything, once there was one.
    pub(crate) changed: Option<bool>,
}

impl<'a> Pen<'a> {
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

    /// Whether payload and diff are recorded; if not, they are not to be computed.
    pub fn wants_payload(&self) -> bool {
        self.level >= Level::Payload
    }

    /// Whether the event is lost, and only its unit of work is asked for.
    #[inline]
    const fn is_blind(&self) -> bool {
        matches!(self.level, Level::Off)
    }

    /// Makes no event of this call.
    pub const fn skip(&mut self) {
        self.skipped = true;
    }

    /// Which one it was done to.
    pub fn resource_id<T: ResourceId + ?Sized>(&mut self, id: &T) {
        if self.is_blind() {
            return;
        }
        let capture = id.write(self.fields);
        self.note(capture);
    }

    /// Why.
    pub fn reason<T: Reason + ?Sized>(&mut self, reason: &T) {
        if self.is_blind() {
            return;
        }
        let capture = reason.write(self.fields);
        self.note(capture);
    }

    /// A text as it is.
    pub(super) fn text(&mut self, field: Field, text: &str) {
        if self.is_blind() {
            return;
        }
        payload::write_text(self.fields, field, text);
    }

    /// A text as it is displayed.
    pub(super) fn displayed(&mut self, field: Field, value: &dyn Display) {
        if self.is_blind() {
            return;
        }
        let capture = payload::write_display(self.fields, field, value);
        self.note(capture);
    }

    /// Who, if it is not who the context says.
    pub fn actor<T: AsActor + ?Sized>(&mut self, actor: &T) {
        if self.is_blind() {
            return;
        }
        if let Some(actor) = actor.as_actor() {
            actor.write(self.fields);
        }
    }

    /// The user's own value.
    pub fn payload<T: Payload + ?Sized>(&mut self, payload: &T) {
        if self.is_blind() {
            return;
        }
        let mut capture = Capture::Written;
        self.masked(&mut |fields: &mut Fields, masks: &Masks| {
            capture = payload.write(fields, masks);
        });
        self.note(capture);
    }

    /// How many were changed.
    pub fn count<T: Count>(&mut self, count: &T) {
        if self.is_blind() {
            return;
        }
        self.fields.write(Field::Count, |bytes| count.write(bytes));
    }

    /// Which ones: the first 20 of them, of each 255 characters.
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

    /// The unit of work the event waits in, in place of the current one.
    pub fn unit<T: AsUnit + ?Sized>(&mut self, unit: &T) {
        self.unit.get_or_insert_with(|| unit.as_unit().clone());
    }

    /// What differs between the two, but for the fields named in `ignore`.
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
        self.panicked |= changed == Changed::Unknown(Capture::Panicked);
        self.changed = Some(changed != Changed::No);
    }

    /// Lets `value` be written under the masks that hold now.
    fn masked(&mut self, value: &mut dyn WriteMasked) {
        self.sink
            .with_policy(&mut |policy| value.write(self.fields, policy.masks()));
    }

    fn note(&mut self, capture: Capture) {
        self.panicked |= capture == Capture::Panicked;
    }
}

/// Writes what is masked. No `dyn FnMut`, as with [`Write`].
trait WriteMasked {
    fn write(&mut self, fields: &mut Fields, masks: &Masks);
}

impl<F: FnMut(&mut Fields, &Masks)> WriteMasked for F {
    #[inline]
    fn write(&mut self, fields: &mut Fields, masks: &Masks) {
        self(fields, masks);
    }
}

/// A closure that writes. In place of `dyn FnMut`, whose table of methods has the compiler make three functions per
/// closure where one is called.
pub trait Write {
    /// Writes.
    fn write(&mut self, pen: &mut Pen<'_>);
}

impl<F: FnMut(&mut Pen<'_>)> Write for F {
    #[inline]
    fn write(&mut self, pen: &mut Pen<'_>) {
        self(pen);
    }
}

/// Writes one `resource_id`, for which a closure would be more than the compiler need look at.
pub(super) struct OnlyId<'a>(pub(super) &'a dyn ResourceId);

impl Write for OnlyId<'_> {
    fn write(&mut self, pen: &mut Pen<'_>) {
        pen.resource_id(self.0);
    }
}

/// What can be a `resource_id`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as `resource_id`",
    label = "this does not implement `Display`",
    note = "give an expression of a type that implements `Display`, like `order.id`"
)]
pub trait ResourceId {
    /// Writes it as text.
    fn write(&self, fields: &mut Fields) -> Capture;
}

#[diagnostic::do_not_recommend]
impl<T: Display + ?Sized> ResourceId for T {
    fn write(&self, fields: &mut Fields) -> Capture {
        payload::write_display(fields, Field::ResourceId, self)
    }
}

/// What can be a `reason`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as `reason`",
    label = "this does not implement `Display`",
    note = "give a text, or an expression of a type that implements `Display`"
)]
pub trait Reason {
    /// Writes it as text.
    fn write(&self, fields: &mut Fields) -> Capture;
}

#[diagnostic::do_not_recommend]
impl<T: Display + ?Sized> Reason for T {
    fn write(&self, fields: &mut Fields) -> Capture {
        payload::write_display(fields, Field::Reason, self)
    }
}

/// What can be a `payload`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be recorded as `payload`: it does not implement `Serialize`",
    label = "this does not implement `Serialize`",
    note = "derive `serde::Serialize` for it, or record a tuple or struct of the fields that matter"
)]
pub trait Payload {
    /// Writes it as JSON, masked.
    fn write(&self, fields: &mut Fields, masks: &Masks) -> Capture;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> Payload for T {
    fn write(&self, fields: &mut Fields, masks: &Masks) -> Capture {
        payload::write_payload(fields, masks, self)
    }
}

/// What can be an `actor`: an [`Actor`], or an option of one, where `None` leaves the context's.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as `actor`",
    label = "this is no `Actor`",
    note = "make one: `Actor::user(id)`, `Actor::admin(id)`, `Actor::system()`"
)]
pub trait AsActor {
    /// The actor, if there is one.
    fn as_actor(&self) -> Option<&Actor>;
}

impl AsActor for Actor {
    fn as_actor(&self) -> Option<&Actor> {
        Some(self)
    }
}

impl<A: AsActor> AsActor for Option<A> {
    fn as_actor(&self) -> Option<&Actor> {
        self.as_ref()?.as_actor()
    }
}

impl<A: AsActor + ?Sized> AsActor for &A {
    fn as_actor(&self) -> Option<&Actor> {
        (**self).as_actor()
    }
}

/// What can be a `unit`: a unit of work, its owner, or a transaction that has one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as `unit`",
    label = "this is no unit of work",
    note = "give a `UnitOfWorkHandle`, a `UnitOfWork` or a `Transaction` of this crate; sqlx's own becomes one by `Transaction::from`"
)]
pub trait AsUnit {
    /// The unit.
    fn as_unit(&self) -> &UnitOfWorkHandle;
}

#[diagnostic::do_not_recommend]
impl<T: AsRef<UnitOfWorkHandle> + ?Sized> AsUnit for T {
    fn as_unit(&self) -> &UnitOfWorkHandle {
        self.as_ref()
    }
}

/// What can be a `count`: an integer.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as `count`",
    label = "this is no integer",
    note = "give the number of changed rows, like `changed.len()`"
)]
pub trait Count {
    /// Appends it in digits.
    fn write(&self, bytes: &mut Vec<u8>);
}

/// What a closure is shown of a number that was returned: `count = |changed| changed`.
#[diagnostic::do_not_recommend]
impl<C: Count + ?Sized> Count for &C {
    fn write(&self, bytes: &mut Vec<u8>) {
        (**self).write(bytes);
    }
}

macro_rules! count {
    ($($integer:ty)*) => {$(
        impl Count for $integer {
            fn write(&self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(itoa::Buffer::new().format(*self).as_bytes());
            }
        }
    )*};
}

count!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);
