//! Installing: a builder, and the owner it builds.

mod builder;
mod owner;
mod verification;

pub use builder::Builder;
pub use owner::BehaviorTrace;
pub use verification::Verification;
