//! Warnings to the application, as ordinary `tracing` events. Each is emitted once, never per call.

use std::sync::atomic::{AtomicBool, Ordering};

use tracing_core::dispatcher;
use tracing_core::subscriber::NoSubscriber;

use crate::callsite::Callsite;
use crate::field::Field;
use crate::fields::Fields;

/// The target of warnings about the installation, which is never collected.
const TARGET: &str = "behavior_trace::install";

/// Warns about an annotated call before any layer was installed.
pub(crate) fn never_installed() {
    tracing::warn!(
        target: TARGET,
        "annotated calls are not recorded: no behavior_trace layer has been installed; add `recorder.layer()` to the subscriber"
    );
}

/// Warns about a return value that cannot be checked: its function is generic, or its type hides its meaning.
pub(crate) fn undetermined(callsite: &Callsite, type_name: &str) {
    tracing::warn!(
        target: TARGET,
        action = callsite.action(),
        file = callsite.file(),
        line = callsite.line(),
        "calls are not recorded: whether `{type_name}` is a success is not known from its type; add `on = …`"
    );
}

/// Warns about the first event in the process without an actor, neither its own nor a surrounding one.
#[inline]
pub(crate) fn without_actor(fields: &Fields) {
    static WARNED: AtomicBool = AtomicBool::new(false);
    if !WARNED.load(Ordering::Relaxed) {
        warn_without_actor(fields, &WARNED);
    }
}

#[cold]
#[inline(never)]
fn warn_without_actor(fields: &Fields, warned: &AtomicBool) {
    // While a hand-written event is dispatched, a warning may reach no layer.
    let is_heard = dispatcher::get_default(|current| !current.is::<NoSubscriber>());
    if !is_heard || warned.swap(true, Ordering::Relaxed) {
        return;
    }
    tracing::warn!(
        target: TARGET,
        action = fields.get(Field::Action).unwrap_or_default(),
        "events are recorded without an actor: {}",
        actor_remedy(fields)
    );
}

/// Returns the remedy for an event without an actor. In a request its authentication is missing, elsewhere a context.
const fn actor_remedy(fields: &Fields) -> &'static str {
    if fields.has(Field::RequestId) {
        "the authentication of this request set none; run it inside of the request's context, and let it call `set_actor` on \
         `Context::current()`, with `Actor::anonymous()` for a visitor"
    } else {
        "no request is around this call; give a service's requests a context by its middleware, put \
         `Context::new().actor(…).scope(…)` around other work and `propagate` around a spawned task, or set a \
         `default_context` on the builder"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_for_a_request_is_its_authentication_and_elsewhere_a_context() {
        let mut fields = Fields::new();
        assert!(actor_remedy(&fields).contains("`default_context`"));
        fields.put(Field::RequestId, "r-1");
        let remedy = actor_remedy(&fields);
        assert!(remedy.contains("`set_actor`"), "{remedy}");
        // Actix-web, Rocket and older versions of axum have no such type.
        assert!(!remedy.contains("Layer"), "{remedy}");
    }
}
