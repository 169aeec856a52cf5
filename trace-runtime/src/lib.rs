//! The writer of BehaviorTrace: queue, batches and delivery to the store or the spool.

mod config;
mod deadline;
mod fallback;
mod health;
mod policy;
mod queue;
mod recorder;
mod shared;
mod spool_manager;
mod stats;
mod writer;

pub use config::{Config, ConfigError, Durability, Overflow};
pub use fallback::Fallback;
pub use health::{Fault, FaultKind, Health, Status};
pub use policy::{DefaultPolicy, InvalidPattern};
pub use recorder::{Handle, Recorder};
pub use stats::{Dropped, Loss, Report, Stats};
