//! The writer of BehaviorTrace: queue, batches and delivery to the store or the spool.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod config;
mod deadline;
mod error_output;
mod health;
mod pipeline;
mod policy;
mod queue;
mod shared;
mod spool_manager;
mod stats;
mod writer;

pub use config::{Config, ConfigError, Disabled, Durability, Overflow};
pub use error_output::ErrorOutput;
pub use health::{Health, HealthStatus, RecorderError, RecorderErrorKind};
pub use pipeline::{Pipeline, RecorderHandle};
pub use policy::{DefaultPolicy, InvalidPattern, PolicyError, PolicySource};
pub use stats::{DeliveryReport, Dropped, Loss, Stats};
