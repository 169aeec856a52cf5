//! The catalogue: the call sites that are linked into the program.

use crate::callsite::Callsite;

/// Returns every annotated function and every `record!` that is linked into this program, by action, file and line: for
/// printing, for a check in CI, for the names on a dashboard.
///
/// It lists call sites that are *linked in*, called or not. The linker leaves out a library of which nothing is used. A
/// function that another attribute copies, as axum's `debug_handler` does to check it, is listed once. A `record!` whose
/// action or resource is known only at run time has `*` in its place.
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
