//! The question whether a layer wants an event of this package, asked as `tracing`'s macros ask.

use tracing_core::callsite::DefaultCallsite;
use tracing_core::metadata::LevelFilter;
use tracing_core::{Dispatch, Metadata};

/// Looks at the global level first, then at what was registered, and asks the subscriber only where that says "sometimes".
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
