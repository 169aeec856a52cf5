//! What we have to tell the host, as ordinary `tracing` events: each once, never per call.

use std::sync::atomic::{AtomicBool, Ordering};

use tracing_core::dispatcher;
use tracing_core::subscriber::NoSubscriber;

use crate::callsite::Callsite;
use crate::field::Field;
use crate::fields::Fields;

/// The target of what is said about the installation; never collected itself.
const TARGET: &str = "behavior_trace::install";

/// An annotated call was made, and no layer has ever been installed.
pub(crate) fn nobody_installed() {
    tracing::warn!(
        target: TARGET,
        "annotated calls are not recorded: no behavior_trace layer has been installed"
    );
}

/// A return value could not be judged: the code that returns it is generic, or its type hides what it means.
pub(crate) fn unjudged(callsite: &Callsite, type_name: &str) {
    tracing::warn!(
        target: TARGET,
        action = callsite.action(),
        file = callsite.file(),
        line = callsite.line(),
        "calls are not recorded: whether `{type_name}` is a success is not known from its type; add `on = …`"
    );
}

/// Warns of an event that names no actor, nor does anything around it: of the first one in the process.
#[inline]
pub(crate) fn without_actor(fields: &Fields) {
    static TOLD: AtomicBool = AtomicBool::new(false);
    if !TOLD.load(Ordering::Relaxed) {
        tell_without_actor(fields, &TOLD);
    }
}

#[cold]
#[inline(never)]
fn tell_without_actor(fields: &Fields, told: &AtomicBool) {
    // While a hand-written event is dispatched, what is said may reach nobody.
    let is_heard = dispatcher::get_default(|current| !current.is::<NoSubscriber>());
    if !is_heard || told.swap(true, Ordering::Relaxed) {
        return;
    }
    tracing::warn!(
        target: TARGET,
        action = fields.get(Field::Action).unwrap_or_default(),
        "events are recorded without an actor: set it on `Context::current()`, inside of `ContextLayer`, whose context \
         authentication outside of it does not see; or say `Actor::anonymous()`, or a `fallback`"
    );
}
