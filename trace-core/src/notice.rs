//! What we have to tell the host, as ordinary `tracing` events: each once, never per call.

use crate::callsite::Callsite;

/// The target of what is said about the installation; never collected itself.
const TARGET: &str = "behavior_trace::install";

/// An annotated call was made, and no layer has ever been installed.
pub(crate) fn nobody_installed() {
    tracing::warn!(
        target: TARGET,
        "annotated calls are not recorded: no behavior_trace layer has been installed"
    );
}

/// A return value could not be judged, because the code that returns it is generic.
pub(crate) fn unjudged(callsite: &Callsite, type_name: &str) {
    tracing::warn!(
        target: TARGET,
        action = callsite.action(),
        file = callsite.file(),
        line = callsite.line(),
        "calls are not recorded: whether `{type_name}` is a success is not known in generic code; add `on = …`"
    );
}
