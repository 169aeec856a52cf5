//! The writer of BehaviorTrace: queue, batches and delivery to the store or the spool.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod buffers;
mod config;
mod deadline;
mod destination;
mod disabled;
mod error_output;
mod health;
mod outlet;
mod pipeline;
mod policy;
mod queue;
mod searches;
mod shared;
mod spool_manager;
mod stats;
mod writer;

pub use buffers::{BufferInfo, Buffers, MovedEvents};
pub use config::{Config, ConfigError, Disabled, Durability, ErrorOutput, Overflow};
pub use destination::Destination;
pub use health::{Health, HealthReason, HealthStatus, RecorderError, RecorderErrorKind};
pub use pipeline::{Pipeline, RecorderHandle};
pub use policy::{DefaultPolicy, InvalidPattern, PolicyError, PolicySource};
pub use stats::{DeliveryReport, Dropped, Loss, MetricKind, Stats};
