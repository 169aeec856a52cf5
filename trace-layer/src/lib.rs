//! The tracing layer of BehaviorTrace, and its tower middleware.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod buffer_pool;
mod claim;
#[cfg(test)]
mod collected;
mod collector;
mod filter;
#[cfg(feature = "headers")]
pub mod headers;
#[cfg(feature = "http")]
pub mod http;
mod install;
mod layer;
mod names;
mod span_field_cache;
mod spans;
#[cfg(feature = "tokio")]
mod tasks;
#[cfg(test)]
#[path = "../tests/layer/mod.rs"]
mod tests;
mod trace_id;
mod visit;

pub use install::InstallError;
pub use layer::BehaviorTraceLayer;
pub use names::SpanFieldNames;
/// The verbosity of the layer, as [`BehaviorTraceLayer::max_level`] takes it.
pub use tracing_core::metadata::LevelFilter;
