//! Calls whose success is unknown.

use crate::__private::finish::count;
use crate::callsite::Callsite;
use crate::notice;
use crate::sink::Counter;

/// Counts a call whose success is unknown, and warns about the first one of a call site.
#[cold]
pub(super) fn count_undetermined(callsite: &'static Callsite, name: &str) {
    count(Counter::Undetermined);
    if callsite.first_doubt() {
        notice::undetermined(callsite, name);
    }
}
