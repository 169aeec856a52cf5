//! The tracing layer of BehaviorTrace, and its tower middleware.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod callsites;
#[cfg(test)]
mod collected;
mod collector;
#[cfg(feature = "http")]
pub mod headers;
#[cfg(feature = "http")]
pub mod http;
mod layer;
mod meanings;
mod names;
mod spans;
mod spare;
mod taken;
#[cfg(feature = "tokio")]
mod tasks;
#[cfg(test)]
mod tests;
mod visit;

pub use layer::BehaviorTraceLayer;
pub use names::SpanFieldNames;
/// The verbosity threshold of the layer, as [`BehaviorTraceLayer::max_level`] takes it.
pub use tracing_core::metadata::LevelFilter;
