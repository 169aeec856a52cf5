//! Arguments that are written as text. A text is copied, and any other value goes through `Display`.
//!
//! The option `None` writes nothing.

use std::borrow::Cow;
use std::fmt::Display;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use crate::__private::call::ActiveCall;
use crate::callsite::Callsite;
use crate::event_writer::{EventWriter, OnlyId, Reason, ResourceId};
use crate::field::Field;

/// A value that is written as text.
///
/// Method resolution finds the methods for `AsText` first. If the value has no `AsText`, it continues to `DisplayOnly`.
pub struct TextOrDisplay<'a, T: ?Sized>(DisplayOnly<'a, T>);

/// A value that can only be displayed.
pub struct DisplayOnly<'a, T: ?Sized>(&'a T);

impl<'a, T: ?Sized> TextOrDisplay<'a, T> {
    /// Borrows the value.
    #[inline]
    pub const fn of(value: &'a T) -> Self {
        Self(DisplayOnly(value))
    }
}

impl<'a, T: ?Sized> Deref for TextOrDisplay<'a, T> {
    type Target = DisplayOnly<'a, T>;

    #[inline]
    fn deref(&self) -> &DisplayOnly<'a, T> {
        &self.0
    }
}

impl<T: ?Sized> DisplayOnly<'_, T> {
    /// Begins a call that captures only this `resource_id`.
    #[inline]
    pub fn enter(&self, callsite: &'static Callsite) -> ActiveCall
    where
        T: ResourceId + Sized,
    {
        callsite.enter_with(|| OnlyId(self.0))
    }

    /// Writes the id of the resource.
    #[inline]
    pub fn resource_id(&self, writer: &mut EventWriter<'_>)
    where
        T: ResourceId,
    {
        writer.resource_id(self.0);
    }

    /// Writes the reason.
    #[inline]
    pub fn reason(&self, writer: &mut EventWriter<'_>)
    where
        T: Reason,
    {
        writer.reason(self.0);
    }
}

impl<T: AsText + ?Sized> TextOrDisplay<'_, T> {
    /// Begins a call that captures only this `resource_id`.
    #[inline]
    pub fn enter(&self, callsite: &'static Callsite) -> ActiveCall {
        callsite.enter_with(|| |writer: &mut EventWriter<'_>| self.resource_id(writer))
    }

    /// Writes the id of the resource.
    #[inline]
    pub fn resource_id(&self, writer: &mut EventWriter<'_>) {
        self.0.0.text(Field::ResourceId, writer);
    }

    /// Writes the reason.
    #[inline]
    pub fn reason(&self, writer: &mut EventWriter<'_>) {
        self.0.0.text(Field::Reason, writer);
    }
}

/// A value that is written without `Display`, or sometimes not at all.
pub trait AsText {
    /// Writes the value as text.
    fn text(&self, field: Field, writer: &mut EventWriter<'_>);
}

impl AsText for str {
    #[inline]
    fn text(&self, field: Field, writer: &mut EventWriter<'_>) {
        writer.text(field, self);
    }
}

/// An option that writes nothing for `None`, so that the column is `NULL`.
impl<T: Display> AsText for Option<T> {
    fn text(&self, field: Field, writer: &mut EventWriter<'_>) {
        if let Some(value) = self {
            writer.displayed(field, value);
        }
    }
}

macro_rules! texts {
    ($([$($parameter:tt)*] $text:ty;)*) => {$(
        impl<$($parameter)*> AsText for $text {
            #[inline]
            fn text(&self, field: Field, writer: &mut EventWriter<'_>) {
                (**self).text(field, writer);
            }
        }
    )*};
}

texts! {
    [] String;
    [] Cow<'_, str>;
    [T: AsText + ?Sized] &T;
    [T: AsText + ?Sized] &mut T;
    [T: AsText + ?Sized] Box<T>;
    [T: AsText + ?Sized] Rc<T>;
    [T: AsText + ?Sized] Arc<T>;
}
