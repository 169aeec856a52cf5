//! Calls of which it is unknown whether they succeeded.

use crate::__private::finish::count;
use crate::callsite::Callsite;
use crate::notice;
use crate::sink::Counter;

/// Counts a call of which it is unknown whether it succeeded, and reports the first one of a call site.
#[cold]
pub(super) fn count_undetermined(callsite: &'static Callsite, name: &str) {
    count(Counter::Undetermined);
    if callsite.first_doubt() {
        notice::undetermined(callsite, name);
    }
}
