//! Failures of reading the wire form. Each carries the bytes of the message.

use std::fmt;

use super::version::Version;

/// A message that is no row of the wire form which this release reads.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WireError {
    /// The message has a later, incompatible form.
    UnknownMajor(UnknownMajor),
    /// The message is no row.
    Malformed(MalformedRow),
}

impl WireError {
    /// Returns the bytes of the message.
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::UnknownMajor(error) => error.bytes(),
            Self::Malformed(error) => error.bytes(),
        }
    }
}

/// A message of a major version that this release does not read. Its bytes are unread.
#[derive(Clone, PartialEq, Eq)]
pub struct UnknownMajor {
    version: String,
    bytes: Vec<u8>,
}

impl UnknownMajor {
    pub(super) fn new(version: &str, bytes: &[u8]) -> Self {
        Self {
            version: version.to_owned(),
            bytes: bytes.to_owned(),
        }
    }

    /// Returns the version of the message, such as `2.0`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns the bytes of the message.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A message whose bytes are no row, or whose version cannot be read.
#[derive(Clone, PartialEq, Eq)]
pub struct MalformedRow {
    reason: String,
    bytes: Vec<u8>,
}

impl MalformedRow {
    pub(super) fn new(reason: String, bytes: &[u8]) -> Self {
        Self {
            reason,
            bytes: bytes.to_owned(),
        }
    }

    /// Returns the bytes of the message.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownMajor(error) => error.fmt(f),
            Self::Malformed(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for UnknownMajor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the row has version {} of the wire form, and this release reads major {}; update the reader",
            self.version,
            Version::CURRENT.major
        )
    }
}

impl fmt::Display for MalformedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the message is no row of the wire form: {}", self.reason)
    }
}

behavior_trace_core::debug_is_display!(WireError);
behavior_trace_core::debug_is_display!(UnknownMajor);
behavior_trace_core::debug_is_display!(MalformedRow);

impl std::error::Error for WireError {}
impl std::error::Error for UnknownMajor {}
impl std::error::Error for MalformedRow {}

impl From<UnknownMajor> for WireError {
    fn from(error: UnknownMajor) -> Self {
        Self::UnknownMajor(error)
    }
}

impl From<MalformedRow> for WireError {
    fn from(error: MalformedRow) -> Self {
        Self::Malformed(error)
    }
}
