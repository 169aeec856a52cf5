//! The one-domain rule of BehaviorTrace: which actions are operational activity, and where the others belong.
//!
//! The words are in `vocabulary.rs`, and nowhere else. They follow the design's division of domains:
//!
//! | an action about | belongs to |
//! |---|---|
//! | reads, views, searches, exports | the Audit Trail |
//! | logins, denials, sessions | Security Signals |
//! | rights and secrets | the Authoritative Audit |
//! | timings, exceptions | Diagnostics Telemetry |
//! | the life of jobs and messages | Delivery Operations |
//!
//! A word that is a mutation in some trade (`open`, `assign`, `deny`, `send`) is listed only together with the nouns that
//! settle its meaning.
//!
//! The macro classifies a literal action at its place in the source. A constant action is classified while it is
//! evaluated, and one known only at run time by the policy. All three use these functions. The package therefore depends
//! on nothing, and its functions are `const`.
//!
//! Users depend on the facade, `behavior-trace`; the names here are also at `behavior_trace_core::domain`.

mod classify;
mod domain;
mod name;
mod vocabulary;

#[cfg(test)]
#[path = "../tests/vocabulary.rs"]
mod tests;

pub use classify::{Classification, classify_action};
pub use domain::Domain;
pub use name::{MAX_CHARACTERS, NameError, check_action, check_resource};
