//! The tracing layer of BehaviorTrace, and its tower middleware.

mod callsites;
#[cfg(test)]
mod collected;
#[cfg(feature = "http")]
pub mod headers;
#[cfg(feature = "http")]
pub mod http;
mod layer;
mod names;
mod spans;
mod visit;

pub use callsites::OwnCallsites;
pub use layer::{BehaviorTraceLayer, FilteredLayer};
pub use names::SpanNames;
