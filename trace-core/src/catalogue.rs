//! What the program records, as far as it is linked in.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::callsite::Callsite;

/// Every annotated function and every `record!` that is linked into this program, by action, file and line: for printing,
/// for a check in CI, for the names on a dashboard.
///
/// It lists what is *linked in*, called or not. What the linker left out, a library nothing of which is used, is not
/// there. Where another attribute copies a function, as axum's `debug_handler` does to check it, it is there once. A `record!` whose action or resource is known only at run time is there under `*` in its place.
///
/// ```
/// for callsite in behavior_trace_core::catalogue() {
///     println!("{} {} {:?}", callsite.action(), callsite.resource(), callsite.fields());
/// }
/// ```
pub fn catalogue() -> Vec<&'static Callsite> {
    let mut callsites: Vec<_> = linked::callsites().iter().collect();
    callsites.sort_by_key(|callsite| (callsite.action(), callsite.file(), callsite.line()));
    callsites.dedup_by(|copy, first| {
        let is_copy = copy.is_copy_of(first);
        if is_copy && copy.calls_without_layer() > first.calls_without_layer() {
            // The one that is called.
            *first = copy;
        }
        is_copy
    });
    callsites
}

/// How many calls succeeded while a layer was alive, but none stood in the subscriber that was current there: what the
/// statistics call `without_layer`, over the whole [`catalogue`].
pub fn calls_without_layer() -> u64 {
    UNHEARD.load(Ordering::Relaxed)
}

/// Counted here as well as at each call site, so that whoever asks for the sum depends on nothing that the linker gathered.
static UNHEARD: AtomicU64 = AtomicU64::new(0);

pub(crate) fn count_call_without_layer() {
    UNHEARD.fetch_add(1, Ordering::Relaxed);
}

pub(crate) mod linked {
    use super::Callsite;

    // Filled by the linker, to which names are global: this one says the package, its version and its source.
    include!(concat!(env!("OUT_DIR"), "/callsites.rs"));

    pub(super) fn callsites() -> &'static [Callsite] {
        CALLSITES.static_slice()
    }

    /// Makes the `static` of a function, and a line of the catalogue.
    #[doc(hidden)]
    #[macro_export]
    macro_rules! __behavior_trace_callsite {
        ($name:ident = $callsite:expr) => {
            #[$crate::__private::linkme::distributed_slice($crate::__private::CALLSITES)]
            #[linkme(crate = $crate::__private::linkme)]
            static $name: $crate::__private::Callsite = $callsite;
        };
    }
}
