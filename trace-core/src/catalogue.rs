//! What the program records, as far as it is linked in.

use crate::callsite::Callsite;

/// Every annotated function and every `record!` that is linked into this program, by action, file and line: for printing,
/// for a check in CI, for the names on a dashboard.
///
/// It lists what is *linked in*, called or not. What the linker left out, a library nothing of which is used, is not
/// there. A `record!` whose action or resource is known only at run time is there under `*` in its place. On targets where programs cannot list their own
/// parts (WebAssembly among them) it is empty; there everything else works.
///
/// ```
/// for callsite in behavior_trace_core::catalogue() {
///     println!("{} {} {:?}", callsite.action(), callsite.resource(), callsite.fields());
/// }
/// ```
pub fn catalogue() -> Vec<&'static Callsite> {
    let mut callsites: Vec<_> = linked::callsites().iter().collect();
    callsites.sort_by_key(|callsite| (callsite.action(), callsite.file(), callsite.line()));
    callsites
}

/// How many calls succeeded while a layer was alive, but none stood in the subscriber that was current there: what the
/// statistics call `no_recorder`, over the whole [`catalogue`].
pub fn unheard() -> u64 {
    linked::callsites().iter().map(Callsite::unheard).sum()
}

#[cfg(any(
    target_os = "linux",
    target_os = "android",
    target_os = "macos",
    target_os = "ios",
    target_os = "freebsd",
    target_os = "windows"
))]
pub(crate) mod linked {
    use super::Callsite;

    /// Filled by the linker.
    #[linkme::distributed_slice]
    pub static CALLSITES: [Callsite];

    pub(super) fn callsites() -> &'static [Callsite] {
        &CALLSITES
    }

    /// Makes the `static` of a function, and a line of the catalogue.
    #[doc(hidden)]
    #[macro_export]
    macro_rules! __behavior_trace_callsite {
        ($callsite:expr) => {
            #[$crate::__private::linkme::distributed_slice($crate::__private::CALLSITES)]
            #[linkme(crate = $crate::__private::linkme)]
            static __BEHAVIOR_TRACE: $crate::__private::Callsite = $callsite;
        };
    }
}

#[cfg(not(any(
    target_os = "linux",
    target_os = "android",
    target_os = "macos",
    target_os = "ios",
    target_os = "freebsd",
    target_os = "windows"
)))]
pub(crate) mod linked {
    use super::Callsite;

    pub(super) fn callsites() -> &'static [Callsite] {
        &[]
    }

    /// Makes the `static` of a function.
    #[doc(hidden)]
    #[macro_export]
    macro_rules! __behavior_trace_callsite {
        ($callsite:expr) => {
            static __BEHAVIOR_TRACE: $crate::__private::Callsite = $callsite;
        };
    }
}
