//! Traits for closures that write fields.

use super::EventWriter;
use super::arguments::ResourceId;
use crate::fields::Fields;
use crate::masking::Masks;

/// A closure that writes masked values. It replaces a `dyn FnMut`, like [`WriteFields`].
pub(super) trait WriteMasked {
    fn write(&mut self, fields: &mut Fields, masks: &Masks);
}

impl<F: FnMut(&mut Fields, &Masks)> WriteMasked for F {
    #[inline]
    fn write(&mut self, fields: &mut Fields, masks: &Masks) {
        self(fields, masks);
    }
}

/// A closure that writes fields.
///
/// The trait replaces `dyn FnMut`. For the vtable of `dyn FnMut` the compiler makes three functions per closure, and only
/// one of them is called.
pub trait WriteFields {
    /// Writes the fields.
    fn write(&mut self, writer: &mut EventWriter<'_>);
}

impl<F: FnMut(&mut EventWriter<'_>)> WriteFields for F {
    #[inline]
    fn write(&mut self, writer: &mut EventWriter<'_>) {
        self(writer);
    }
}

/// A writer of one `resource_id`. It compiles faster than a closure.
pub(crate) struct OnlyId<'a>(pub(crate) &'a dyn ResourceId);

impl WriteFields for OnlyId<'_> {
    fn write(&mut self, writer: &mut EventWriter<'_>) {
        writer.resource_id(self.0);
    }
}
