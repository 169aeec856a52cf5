//! The one-domain rule of BehaviorTrace: actions of operational activity, and the domains of all other actions.
//!
//! The words are in `vocabulary.rs` only. They follow the design's division of domains:
//!
//! | an action about | belongs to |
//! |---|---|
//! | reads, views, searches, exports | the Audit Trail |
//! | logins, denials, sessions | Security Signals |
//! | rights and secrets | the Authoritative Audit |
//! | timings, exceptions | Diagnostics Telemetry |
//! | the life of jobs and messages | Delivery Operations |
//!
//! A word that means a mutation in some trade (`open`, `assign`, `deny`, `send`) is listed only together with the nouns that
//! settle its meaning.
//!
//! The macro classifies a literal action at its place in the source. A constant action is classified during its evaluation.
//! The policy classifies an action known only at run time. All three use these functions, so the package has no dependencies
//! and its functions are `const`.
//!
//! Applications depend on the facade, `behavior-trace`. The names here are also at `behavior_trace_core::domain`.

mod classify;
mod domain;
mod name;
mod vocabulary;

#[cfg(test)]
#[path = "../tests/vocabulary.rs"]
mod tests;

pub use classify::{Classification, classify_action, is_mutating_verb};
pub use domain::Domain;
pub use name::{MAX_CHARACTERS, NameError, check_action, check_resource};
