//! The types that an argument of the attribute accepts, and their encoding.

use std::fmt::Display;

use serde::Serialize;

use crate::actor::Actor;
use crate::field::Field;
use crate::fields::Fields;
use crate::masking::{CaptureResult, Masks};
use crate::payload;
use crate::unit::UnitOfWorkHandle;

/// A value that can be a `resource_id`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as `resource_id`",
    label = "this does not implement `Display`",
    note = "give an expression of a type that implements `Display`, like `order.id`"
)]
pub trait ResourceId {
    /// Writes the id as text.
    fn write(&self, fields: &mut Fields) -> CaptureResult;
}

#[diagnostic::do_not_recommend]
impl<T: Display + ?Sized> ResourceId for T {
    fn write(&self, fields: &mut Fields) -> CaptureResult {
        payload::write_display(fields, Field::ResourceId, self)
    }
}

/// A value that can be a `reason`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as `reason`",
    label = "this does not implement `Display`",
    note = "give a text, or an expression of a type that implements `Display`"
)]
pub trait Reason {
    /// Writes the reason as text.
    fn write(&self, fields: &mut Fields) -> CaptureResult;
}

#[diagnostic::do_not_recommend]
impl<T: Display + ?Sized> Reason for T {
    fn write(&self, fields: &mut Fields) -> CaptureResult {
        payload::write_display(fields, Field::Reason, self)
    }
}

/// A value that can be a `payload`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be recorded as `payload`: it does not implement `Serialize`",
    label = "this does not implement `Serialize`",
    note = "derive `serde::Serialize` for it, or record a tuple or struct of the fields that matter"
)]
pub trait Payload {
    /// Writes the payload as masked JSON.
    fn write(&self, fields: &mut Fields, masks: &Masks) -> CaptureResult;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> Payload for T {
    fn write(&self, fields: &mut Fields, masks: &Masks) -> CaptureResult {
        payload::write_payload(fields, masks, self)
    }
}

/// A value that can be an `actor`: an [`Actor`] or an option of one. `None` leaves the context's actor.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as `actor`",
    label = "this is no `Actor`",
    note = "make one: `Actor::user(id)`, `Actor::admin(id)`, `Actor::system()`"
)]
pub trait AsActor {
    /// Returns the actor, if there is one.
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

/// A value that can be a `unit`: a unit of work, its owner, or a transaction that has one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as `unit`",
    label = "this is no unit of work",
    note = "give a `UnitOfWorkHandle`, a `UnitOfWork` or a `Transaction` of this crate; sqlx's own becomes one by `Transaction::from`"
)]
pub trait AsUnit {
    /// Returns the unit.
    fn as_unit(&self) -> &UnitOfWorkHandle;
}

#[diagnostic::do_not_recommend]
impl<T: AsRef<UnitOfWorkHandle> + ?Sized> AsUnit for T {
    fn as_unit(&self) -> &UnitOfWorkHandle {
        self.as_ref()
    }
}

/// A value that can be a `count`: an integer.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be used as `count`",
    label = "this is no integer",
    note = "give the number of changed rows, like `changed.len()`"
)]
pub trait Count {
    /// Appends the number in digits.
    fn write(&self, bytes: &mut Vec<u8>);
}

/// A reference to a number, as a closure such as `count = |changed| changed` returns it.
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
