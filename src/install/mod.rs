//! Installing: a builder, and the owner it builds.

mod builder;
mod owner;
mod verification;

pub use builder::BehaviorTraceBuilder;
pub use owner::BehaviorTrace;
pub use verification::Verification;
