//! The catalogue: the call sites that are linked into the program.

use crate::callsite::Callsite;

/// Returns all annotated functions and `record!` calls that are linked into this program.
///
/// They are sorted by action, resource, package, module and function, so an edit that moves a function to another line
/// changes nothing. Print them, check them in CI, or take the names on a dashboard from them.
///
/// It lists call sites that are *linked in*, called or not. The linker leaves out a library whose items are not used. A
/// function that another attribute copies, such as axum's `debug_handler`, is listed once. A `record!` has `*` for an action
/// or a resource that is known only at run time.
///
/// ```
/// for callsite in behavior_trace::catalogue() {
///     let function = callsite.function().unwrap_or("record!");
///     println!("{} {} {}::{function}", callsite.action(), callsite.resource(), callsite.module());
/// }
/// ```
pub fn catalogue() -> Vec<&'static Callsite> {
    let mut callsites: Vec<_> = linked::callsites().iter().collect();
    callsites.sort_by_key(|callsite| callsite.order());
    callsites.dedup_by(|copy, first| {
        let is_copy = copy.is_copy_of(first);
        if is_copy && copy.calls_without_layer() > first.calls_without_layer() {
            // The program calls this one.
            *first = copy;
        }
        is_copy
    });
    callsites
}

pub(crate) mod linked {
    use super::Callsite;

    // The linker fills this list. Names are global to the linker, so this one contains the package, its version and its
    // source.
    include!(concat!(env!("OUT_DIR"), "/callsites.rs"));

    pub(super) fn callsites() -> &'static [Callsite] {
        CALLSITES.static_slice()
    }

    /// Makes the `static` of a function and its entry in the catalogue.
    #[doc(hidden)]
    #[macro_export]
    macro_rules! __behavior_trace_callsite {
        ($name:ident = $new:ident($($names:tt)*) in $package:literal, $function:literal; $($settings:tt)*) => {
            #[$crate::__private::linkme::distributed_slice($crate::__private::CALLSITES)]
            #[linkme(crate = $crate::__private::linkme)]
            static $name: $crate::__private::Callsite = $crate::__private::Callsite::$new(
                $($names)*, $crate::__private::module_path!(), $package, $function,
            )$($settings)*;
        };
    }
}
