//! The check whether a layer wants an event of this package, in the order of `tracing`'s macros.

use tracing_core::callsite::DefaultCallsite;
use tracing_core::metadata::LevelFilter;
use tracing_core::{Dispatch, Metadata};

/// Returns whether a layer wants the event. It checks the global level, then the cached interest, and asks the subscriber
/// only for "sometimes".
#[inline]
pub(crate) fn enabled(
    callsite: &'static DefaultCallsite,
    metadata: &'static Metadata<'static>,
    dispatch: &Dispatch,
) -> bool {
    if *metadata.level() > LevelFilter::current() {
        return false;
    }
    let interest = callsite.interest();
    !interest.is_never() && (interest.is_always() || dispatch.enabled(metadata))
}
