//! Types of configuration values that the builder takes.

#[cfg(feature = "layer")]
pub use behavior_trace_core::Mirror;
#[cfg(feature = "layer")]
pub use behavior_trace_layer::LevelFilter;
#[cfg(feature = "runtime")]
pub use behavior_trace_runtime::{
    Config, ConfigError, Destination, Disabled, Durability, ErrorOutput, Overflow, Pipeline,
};
#[cfg(feature = "store")]
pub use behavior_trace_store::{DatabaseUrl, DatabaseUrlError, Dialect};
