//! Inspection of a database and a spool: TLS, schema, rights, clocks, indexes, dead letters and more, each with its remedy.

pub use behavior_trace_store::{Check, Finding, FindingLevel, Inspection};
