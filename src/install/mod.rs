//! Installation: the builder, and the recorder's owner that it creates.

mod builder;
mod owner;
mod verification;

pub use builder::BehaviorTraceBuilder;
pub use owner::BehaviorTrace;
pub use verification::Verification;
