//! How a recorder is set up, where the builder takes a value of its own.

pub use behavior_trace_core::Mirror;
pub use behavior_trace_layer::LevelFilter;
#[cfg(feature = "runtime")]
pub use behavior_trace_runtime::{
    Config, ConfigError, DatabaseUrl, DatabaseUrlError, Dialect, Disabled, Durability, Fallback,
    Overflow,
};
