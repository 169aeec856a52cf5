//! Values that are secrets under any key. They are found by their shape and masked in place.
//!
//! A text may be plain or in JSON spelling. No shape contains a character that JSON spells differently, and the last
//! character of an escape is no part of the word after it.

mod auth;
mod blocks;
mod keys;
mod query;
mod signs;
mod url;

use std::ops::Range;

/// The mark in place of the secret part of a text.
const MASKED: &[u8] = b"[masked]";

/// Returns the text with its secrets masked, if it has any.
#[inline]
pub(super) fn mask(text: &[u8]) -> Option<Vec<u8>> {
    if signs::has_none(text) {
        None
    } else {
        search(text)
    }
}

#[inline(never)]
fn search(text: &[u8]) -> Option<Vec<u8>> {
    let (mut masked, mut kept, mut finder) = (Vec::new(), 0, Finder::default());
    signs::each(text, &mut |at| {
        if let Some(secret) = finder.find(text, at)
            && secret.start >= kept
        {
            masked.extend_from_slice(&text[kept..secret.start]);
            masked.extend_from_slice(MASKED);
            kept = secret.end;
        }
        kept.max(at + 1)
    });
    (kept > 0).then(|| {
        masked.extend_from_slice(&text[kept..]);
        masked
    })
}

/// A search for the secret behind a sign.
#[derive(Default)]
struct Finder {
    /// The position before which there is no JWT. Without it, a text full of beginnings would be read again and again.
    no_jwt_before: usize,
}

impl Finder {
    /// Returns the secret whose sign is the byte at `at`.
    fn find(&mut self, text: &[u8], at: usize) -> Option<Range<usize>> {
        match text[at] {
            b'/' if text[..at].ends_with(b":/") => url::secret(text, at + 1),
            b':' => auth::behind(text, at + 1),
            b'=' => query::secret(text, at).or_else(|| auth::behind(text, at + 1)),
            b'b' => auth::secret(text, at),
            b'a' | b'e' | b'A' | b'E' => {
                auth::secret(text, at - 1).or_else(|| blocks::pem(text, at - 1))
            }
            b'J' if at < self.no_jwt_before => None,
            b'J' => blocks::jwt(text, at)
                .map_err(|end| self.no_jwt_before = end)
                .ok(),
            _ => keys::secret(text, at),
        }
    }
}

/// Returns whether a word may begin at `at`: the byte before it is no letter or digit, or ends an escape.
fn is_start(text: &[u8], at: usize) -> bool {
    let Some(before) = at.checked_sub(1) else {
        return true;
    };
    let is_escape = |length: usize, kind: &[u8]| {
        at.checked_sub(length)
            .is_some_and(|start| text[start] == b'\\' && kind.contains(&text[start + 1]))
    };
    !text[before].is_ascii_alphanumeric() || is_escape(2, b"bfnrt") || is_escape(6, b"u")
}

/// Returns the end of the run of bytes from `at` on that satisfy `holds`.
fn run(text: &[u8], at: usize, holds: impl Fn(u8) -> bool) -> usize {
    text[at..]
        .iter()
        .position(|&byte| !holds(byte))
        .map_or(text.len(), |length| at + length)
}

/// Returns whether a text was cut off at `at`, so that a secret may have been longer.
fn is_cut(text: &[u8], at: usize) -> bool {
    text[at..].starts_with("…".as_bytes())
}

/// Returns whether the byte is a character of base64url.
const fn is_base64url(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

#[cfg(test)]
#[path = "../../../tests/masked_values.rs"]
mod tests;
