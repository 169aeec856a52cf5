//! The tracing layer of BehaviorTrace, and its tower middleware.

#[cfg(test)]
mod collected;
mod layer;
mod names;
mod spans;
mod visit;

pub use layer::BehaviorTraceLayer;
pub use names::SpanNames;
