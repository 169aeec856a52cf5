//! Comparing the fields of a diff by their own equality, where that is worth more than their spelling.
//!
//! [`EventHandle::diff`](crate::EventHandle::diff) takes two values apart and compares each field by its spelling. For most types that is
//! their equality. It is not for a decimal (`1.10` and `1.1`), an instant in another offset, `-0.0` and `0.0`, or a set in
//! another order: each of these is an event about nothing. A field of such a type says so:
//!
//! | type | write |
//! |---|---|
//! | `rust_decimal::Decimal` | [`by_equality`] |
//! | `chrono::DateTime<FixedOffset>`, `jiff::ZonedDateTime`, `time::OffsetDateTime` | [`by_equality`] |
//! | `f64`, if zeros of both signs occur | [`by_equality`] |
//! | `HashSet<T>`, a `Vec<T>` that is meant as a set | [`by_content`] |
//! | any of these in a map or a list, or as a whole | the wrapper [`ByEquality`] |
//!
//! ```
//! use behavior_trace::diff::{by_content, by_equality};
//! use rust_decimal::Decimal;
//!
//! #[derive(serde::Serialize)]
//! struct Invoice {
//!     #[serde(serialize_with = "by_equality")]
//!     total: Decimal,
//!     #[serde(serialize_with = "by_equality")]
//!     due: chrono::DateTime<chrono::FixedOffset>,
//!     #[serde(serialize_with = "by_equality")]
//!     sent: Option<jiff::ZonedDateTime>,
//!     #[serde(with = "time::serde::rfc3339", skip_serializing)]
//!     seen: time::OffsetDateTime,
//!     #[serde(serialize_with = "by_content")]
//!     tags: Vec<String>,
//! }
//! ```
//!
//! `from` and `to` show the host's spelling in any case. Everywhere but in a diff the fields are serialized as they were.

pub use behavior_trace_core::payload::{ByEquality, by_content, by_equality};
