//! The writer of BehaviorTrace: queue, batches and delivery to the store or the spool.

mod config;
mod deadline;
mod error_output;
mod health;
mod outlet;
mod pipeline;
mod policy;
mod queue;
mod shared;
mod spool_manager;
mod stats;
mod writer;

pub use config::{Config, ConfigError, Durability, ErrorOutput, Overflow};
pub use health::{Health, HealthStatus, RecorderError, RecorderErrorKind};
pub use pipeline::{Pipeline, RecorderHandle};
pub use policy::{DefaultPolicy, InvalidPattern};
pub use stats::{DeliveryReport, Dropped, Loss, Stats};
