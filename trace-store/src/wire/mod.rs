//! The wire form: one row as one line of JSON, for programs beside the table.
//!
//! It is the form of a row in a spool, with a version of its own. A message carries the version in the header
//! [`SCHEMA_HEADER`], as `1.0`: a major and a minor number.
//!
//! | change | version | a reader of an earlier release |
//! |---|---|---|
//! | a field is added | the minor rises | ignores the field |
//! | a field goes, is renamed, or has another meaning | the major rises | fails with [`UnknownMajor`] |
//!
//! `occurred_at` is an integer, the microseconds since 1970-01-01 00:00:00 UTC. So a row has the same pair of time and
//! `event_id` however often it travels, and the table's unique key finds the second copy.
//!
//! ```
//! use behavior_trace::{Activity, wire};
//!
//! let mut row = Activity::default();
//! row.action = "user.update".into();
//! let line = wire::encode(&row);
//! assert_eq!(wire::decode(Some(wire::VERSION), line.as_bytes())?, row);
//!
//! let later = wire::decode(Some("2.0"), br#"{"unheard":"of"}"#);
//! assert!(matches!(later, Err(wire::WireError::UnknownMajor(_))));
//! # Ok::<(), wire::WireError>(())
//! ```

mod error;
mod record;
#[cfg(test)]
mod tests;
mod version;

use behavior_trace_core::Activity;

pub use error::{MalformedRow, UnknownMajor, WireError};
pub use record::encode;
#[cfg(feature = "sqlite")]
pub(crate) use record::{encode_all, parse};
use version::Version;

/// Version of the form that this release writes: `1.0`.
pub const VERSION: &str = "1.0";

/// Name of the header that has the version: `bt-schema`.
pub const SCHEMA_HEADER: &str = "bt-schema";

/// Name of the header that has the damaged columns of a row of the table, with commas between them: `bt-damaged`. Their values
/// could not be read, and others stand for them; see [`StoredActivity::damaged`](crate::StoredActivity::damaged).
pub const DAMAGED_HEADER: &str = "bt-damaged";

/// Decodes a row of the version that its header has. Unknown fields are ignored. A message without a header is read as major 1,
/// the form of a spool's rows.
///
/// # Errors
///
/// [`UnknownMajor`] for a major other than 1, and [`MalformedRow`] for bytes that are no row, or a header that is no version.
/// Both carry the bytes, so that a reader can set the message aside whole.
pub fn decode(version: Option<&str>, bytes: &[u8]) -> Result<Activity<'static>, WireError> {
    let malformed = |reason: String| MalformedRow::new(reason, bytes);
    if let Some(text) = version {
        let version = Version::parse(text).ok_or_else(|| {
            malformed(format!(
                "`{text}` in `{SCHEMA_HEADER}` is no version; write it as `{VERSION}`"
            ))
        })?;
        if version.major != Version::CURRENT.major {
            return Err(UnknownMajor::new(text, bytes).into());
        }
    }
    Ok(record::decode(bytes).map_err(malformed)?)
}
