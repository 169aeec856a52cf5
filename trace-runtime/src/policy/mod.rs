//! The default policy, which is in force unless the application sets its own.

mod default_policy;
mod error;
mod levels;
mod pattern;
mod rules_text;
mod source;

pub(crate) use self::default_policy::DEFAULT_POLICY;
pub use self::default_policy::DefaultPolicy;
pub use self::error::PolicyError;
pub use self::pattern::InvalidPattern;
pub(crate) use self::pattern::Pattern;
pub use self::source::PolicySource;
