//! Sixth tier: plain values, which are a success because they were returned.
//!
//! A value is plain if no tier above fits. In generic code every value would fit, since the compiler knows too little of the
//! type there. Two rules keep a failure from being taken for a plain value:
//!
//! - An unknown type does not compile. The last tier handles it.
//! - A partly known type, such as `Page<T>`, is checked again when `T` is filled in ([`is_plain`]).
//!
//! The bound `Discriminant<R>: RefUnwindSafe` separates known types from unknown ones. The compiler knows that the
//! discriminant of a type is an integer, unless the type is a parameter, a projection or opaque. Every integer satisfies the
//! bound, but nothing guarantees it for the discriminant of an unknown type.

use std::any::type_name;
use std::mem::Discriminant;
use std::panic::RefUnwindSafe;

use super::undetermined::count_undetermined;
use super::unknown::SuccessCheckUnknown;
use crate::__private::call::StartedCall;
use crate::__private::finish::{ExtraFields, end};
use crate::callsite::Callsite;
use crate::event_writer::EventWriter;
use crate::outcome::known_type;

/// Sixth tier: a plain value, which is a success because it was returned.
pub struct SuccessCheckPlain<R>(pub(super) SuccessCheckUnknown<R>);

derefs!(SuccessCheckPlain to SuccessCheckUnknown);

#[expect(clippy::unused_self, reason = "method resolution finds the tier by it")]
impl<R> SuccessCheckPlain<R>
where
    Discriminant<R>: RefUnwindSafe,
{
    /// Ends the call.
    #[inline]
    pub fn finish(&self, callsite: &'static Callsite, call: impl StartedCall, returned: R) -> R {
        end(callsite, call, returned, ExtraFields::Absent, |_, _| {
            is_plain::<R>(callsite)
        })
    }

    /// Ends the call. `fill` writes fields from the value.
    #[inline]
    pub fn finish_with(
        &self,
        callsite: &'static Callsite,
        call: impl StartedCall,
        returned: R,
        fill: impl FnMut(&R, &mut EventWriter<'_>),
    ) -> R {
        end(
            callsite,
            call,
            returned,
            ExtraFields::Present,
            plain_with(callsite, fill),
        )
    }
}

/// Returns the check of a plain value. `fill` writes fields from it.
pub(super) fn plain_with<R>(
    callsite: &'static Callsite,
    mut fill: impl FnMut(&R, &mut EventWriter<'_>),
) -> impl FnMut(&R, Option<&mut EventWriter<'_>>) -> bool {
    move |returned, writer| match writer {
        Some(writer) => {
            fill(returned, writer);
            true
        }
        None => is_plain::<R>(callsite),
    }
}

/// Returns whether `R` is a plain value, now that the whole type is known.
///
/// Otherwise it might mean failure: no event is made, and the call is counted as undetermined.
pub(super) fn is_plain<R>(callsite: &'static Callsite) -> bool {
    let name = known_type::behind_pointers(type_name::<R>());
    let plain = known_type::is_plain_name(name) && !known_type::has_outcome::<R>();
    if !plain {
        count_undetermined(callsite, name);
    }
    plain
}
