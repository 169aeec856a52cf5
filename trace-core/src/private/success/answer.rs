//! The answer of an outcome, and the fields that a success adds.

use std::any::type_name;

use super::undetermined::count_undetermined;
use crate::callsite::Callsite;
use crate::event_writer::EventWriter;
use crate::outcome::Outcome;

/// Returns the success, if its type proves one. A success that may hide a failure is not returned, but counted.
pub(super) fn success<'r, R: Outcome>(
    callsite: &'static Callsite,
    returned: &'r R,
) -> Option<&'r R::Success> {
    let ok = returned.success()?;
    if !returned.is_final() && !callsite.is_sound(returned, R::may_hide_failure) {
        count_undetermined(callsite, type_name::<R::Success>());
        return None;
    }
    Some(ok)
}

/// Returns the success in an `Ok`.
pub(super) fn success_in_ok<'r, T: Outcome, E>(
    callsite: &'static Callsite,
    returned: &'r Result<T, E>,
) -> Option<&'r T::Success> {
    success(callsite, returned.as_ref().ok()?)
}

/// Returns whether there is a success. With an event writer it first calls `fill`.
pub(super) fn check_and_fill<S: ?Sized>(
    success: Option<&S>,
    writer: Option<&mut EventWriter<'_>>,
    fill: &mut impl FnMut(&S, &mut EventWriter<'_>),
) -> bool {
    if let (Some(ok), Some(writer)) = (success, writer) {
        fill(ok, writer);
    }
    success.is_some()
}
