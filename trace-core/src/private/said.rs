//! What an argument says as text: copied where it is a text, and through `Display` elsewhere. An option says nothing where
//! it is `None`.

use std::borrow::Cow;
use std::fmt::Display;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use crate::__private::entry::Entry;
use crate::__private::pen::{OnlyId, Pen, Reason, ResourceId};
use crate::callsite::Callsite;
use crate::field::Field;

/// A value that is written as text. What is a text is told by method resolution, which finds the methods for a `Text`
/// first, and passes them over if it is none.
pub struct Said<'a, T: ?Sized>(Shown<'a, T>);

/// The same, of what can only be displayed.
pub struct Shown<'a, T: ?Sized>(&'a T);

impl<'a, T: ?Sized> Said<'a, T> {
    /// Borrows the value.
    #[inline]
    pub const fn of(value: &'a T) -> Self {
        Self(Shown(value))
    }
}

impl<'a, T: ?Sized> Deref for Said<'a, T> {
    type Target = Shown<'a, T>;

    #[inline]
    fn deref(&self) -> &Shown<'a, T> {
        &self.0
    }
}

impl<T: ?Sized> Shown<'_, T> {
    /// Begins a call of which nothing but this `resource_id` is captured.
    #[inline]
    pub fn enter(&self, callsite: &'static Callsite) -> Entry
    where
        T: ResourceId + Sized,
    {
        callsite.enter_with(|| OnlyId(self.0))
    }

    /// Which one it was done to.
    #[inline]
    pub fn resource_id(&self, pen: &mut Pen<'_>)
    where
        T: ResourceId,
    {
        pen.resource_id(self.0);
    }

    /// Why.
    #[inline]
    pub fn reason(&self, pen: &mut Pen<'_>)
    where
        T: Reason,
    {
        pen.reason(self.0);
    }
}

impl<T: Text + ?Sized> Said<'_, T> {
    /// Begins a call of which nothing but this `resource_id` is captured.
    #[inline]
    pub fn enter(&self, callsite: &'static Callsite) -> Entry {
        callsite.enter_with(|| |pen: &mut Pen<'_>| self.resource_id(pen))
    }

    /// Which one it was done to.
    #[inline]
    pub fn resource_id(&self, pen: &mut Pen<'_>) {
        self.0.0.text(Field::ResourceId, pen);
    }

    /// Why.
    #[inline]
    pub fn reason(&self, pen: &mut Pen<'_>) {
        self.0.0.text(Field::Reason, pen);
    }
}

/// What is written in another form than the one that can only be displayed.
pub trait Text {
    /// Writes it as text.
    fn text(&self, field: Field, pen: &mut Pen<'_>);
}

impl Text for str {
    #[inline]
    fn text(&self, field: Field, pen: &mut Pen<'_>) {
        pen.text(field, self);
    }
}

/// Of `None` nothing is written, so that the column is `NULL`.
impl<T: Display> Text for Option<T> {
    fn text(&self, field: Field, pen: &mut Pen<'_>) {
        if let Some(value) = self {
            pen.displayed(field, value);
        }
    }
}

macro_rules! texts {
    ($([$($parameter:tt)*] $text:ty;)*) => {$(
        impl<$($parameter)*> Text for $text {
            #[inline]
            fn text(&self, field: Field, pen: &mut Pen<'_>) {
                (**self).text(field, pen);
            }
        }
    )*};
}

texts! {
    [] String;
    [] Cow<'_, str>;
    [T: Text + ?Sized] &T;
    [T: Text + ?Sized] &mut T;
    [T: Text + ?Sized] Box<T>;
    [T: Text + ?Sized] Rc<T>;
    [T: Text + ?Sized] Arc<T>;
}
