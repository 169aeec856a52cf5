//! Versions of the wire form.

/// A version of the wire form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) major: u32,
    /// The minor number. A reader takes any.
    pub(super) minor: u32,
}

impl Version {
    /// Version that this release writes.
    pub(super) const CURRENT: Self = Self { major: 1, minor: 0 };

    /// Reads `1.0`, or `1` for `1.0`. Returns `None` for any other text.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.').unwrap_or((text, "0"));
        Some(Self {
            major: number(major)?,
            minor: number(minor)?,
        })
    }
}

/// Reads digits alone: a number of Rust may have a sign.
fn number(digits: &str) -> Option<u32> {
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| digits.parse().ok()).flatten()
}
