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

#[doc(hidden)]
#[cfg(feature = "headers")]
pub use headers::{request::request_context_by, seen::ContextSource};
pub use install::InstallError;
pub use layer::BehaviorTraceLayer;
pub use names::SpanFieldNames;
/// The verbosity of the layer, as [`BehaviorTraceLayer::max_level`] takes it.
pub use tracing_core::metadata::LevelFilter;

/// Checks the trusted proxies of the environment. Returns `None` if nothing in this program reads them: a framework's
/// middleware may, without a feature of the facade.
#[doc(hidden)]
pub fn check_trusted_proxies() -> Option<Result<(), String>> {
    #[cfg(feature = "headers")]
    return Some(match headers::TrustedProxies::from_env() {
        Ok(_) => Ok(()),
        Err(error) => Err(error.to_string()),
    });
    #[cfg(not(feature = "headers"))]
    None
}
