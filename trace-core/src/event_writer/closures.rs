//! Closures that write fields, as traits of their own.

use super::EventWriter;
use super::arguments::ResourceId;
use crate::fields::Fields;
use crate::masking::Masks;

/// A closure that writes masked values. No `dyn FnMut`, as with [`WriteFields`].
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
/// It stands in for `dyn FnMut`, whose table of methods has the compiler make three functions per closure where one is
/// called.
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

/// Writes one `resource_id`. It costs the compiler less than a closure.
pub(crate) struct OnlyId<'a>(pub(crate) &'a dyn ResourceId);

impl WriteFields for OnlyId<'_> {
    fn write(&mut self, writer: &mut EventWriter<'_>) {
        writer.resource_id(self.0);
    }
}
