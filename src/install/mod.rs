//! Installing: a builder, and the owner it builds.

mod builder;
mod owner;

pub use builder::Builder;
pub use owner::BehaviorTrace;
