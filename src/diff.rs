//! Comparison of a diff's fields by their own equality, for types whose serialized form is not enough.
//!
//! [`EventHandle::diff`](crate::EventHandle::diff) compares two values field by field in their serialized form. For most
//! types that is their equality. It is not for a decimal (`1.10` and `1.1`), an instant in another offset, `-0.0` and `0.0`,
//! or a set in another order: each of these would record an event without a change. Annotate a field of such a type:
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
//! `from` and `to` show the application's own form in any case. Outside of a diff, the fields are serialized as usual.

pub use behavior_trace_core::payload::{ByEquality, by_content, by_equality};
