//! JSON output that masks secrets by key and by shape, and limits depth and length.

use std::io;

use super::encoded;
use super::json_output::{AbortReason, JsonOutput, Nesting};
use super::masks::Masks;
use crate::encoding::KeyHint;
use crate::keys::is_reserved;

/// The mark in place of a secret value.
pub(crate) const MASKED: &[u8] = b"\"[masked]\"";
/// The mark in place of a list or an object below the deepest level.
pub(crate) const TOO_DEEP: &[u8] = b"\"[too deep]\"";
/// The mark in place of invalid pre-encoded JSON.
pub(crate) const NOT_JSON: &[u8] = b"\"[not JSON]\"";

/// An output that appends JSON to a buffer and masks its secrets.
pub(crate) struct MaskingOutput<'a> {
    out: &'a mut Vec<u8>,
    masks: &'a Masks,
    /// The maximum length of the buffer.
    end: usize,
    deepest: usize,
    depth: usize,
    key: usize,
    in_key: bool,
    /// The start of the string that is being written, if it is a value.
    string: Option<usize>,
    muted: Option<Mute>,
    /// The flag for a reserved key at the top level.
    reserved: bool,
    pub(crate) aborted: Option<AbortReason>,
}

/// The end of the muted part.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mute {
    /// The end of the value of a secret key at this depth.
    Value(usize),
    /// The end of the bracket at this depth, which is too deep.
    Bracket(usize),
}

impl<'a> MaskingOutput<'a> {
    pub(crate) const fn new(
        out: &'a mut Vec<u8>,
        masks: &'a Masks,
        bytes: usize,
        deepest: usize,
    ) -> Self {
        let end = out.len() + bytes;
        Self {
            out,
            masks,
            end,
            deepest,
            depth: 0,
            key: 0,
            in_key: false,
            string: None,
            muted: None,
            reserved: false,
            aborted: None,
        }
    }

    /// Returns the hint about the top-level keys.
    pub(crate) const fn keys(&self) -> KeyHint {
        if self.reserved {
            KeyHint::Unknown
        } else {
            KeyHint::Free
        }
    }

    /// Returns whether the key just written, with its quotation marks, is reserved. A reserved key is never escaped.
    fn key_is_reserved(&self) -> bool {
        matches!(&self.out[self.key..], [b'"', key @ .., b'"'] if is_reserved(key))
    }

    fn key_is_secret(&self) -> bool {
        let key = &self.out[self.key..];
        if key.contains(&b'\\') {
            return serde_json::from_slice::<String>(key)
                .map_or(true, |key| self.masks.is_masked(&key));
        }
        self.masks.covers_bytes(key)
    }
}

impl JsonOutput for MaskingOutput<'_> {
    #[inline]
    fn text(&mut self, text: &[u8]) -> io::Result<()> {
        if self.muted.is_some() {
            return Ok(());
        }
        if self.out.len() + text.len() > self.end {
            return Err(self.abort(AbortReason::Oversize));
        }
        self.out.extend_from_slice(text);
        Ok(())
    }

    #[inline]
    fn quote(&mut self) -> io::Result<()> {
        if self.in_key || self.muted.is_some() || !self.masks.scans_values() {
            return self.text(b"\"");
        }
        let Some(start) = self.string.take() else {
            self.string = Some(self.out.len() + 1);
            return self.text(b"\"");
        };
        if let Some(masked) = self.masks.mask_json(&self.out[start..]) {
            // The pieces of the string are complete now.
            self.out.truncate(start);
            self.text(&masked)?;
        }
        self.text(b"\"")
    }

    fn open(&mut self, nesting: Nesting) -> io::Result<()> {
        self.depth += 1;
        if self.depth > self.deepest && self.muted.is_none() {
            self.text(TOO_DEEP)?;
            self.muted = Some(Mute::Bracket(self.depth));
        }
        self.text(nesting.opening())
    }

    fn close(&mut self, nesting: Nesting) -> io::Result<()> {
        if self.muted == Some(Mute::Bracket(self.depth)) {
            self.muted = None;
        } else {
            self.text(nesting.closing())?;
        }
        self.depth -= 1;
        Ok(())
    }

    #[inline]
    fn element(&mut self, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { self.text(b",") }
    }

    #[inline]
    fn key(&mut self, first: bool) -> io::Result<()> {
        self.element(first)?;
        self.key = self.out.len();
        self.in_key = true;
        Ok(())
    }

    #[inline]
    fn value(&mut self) -> io::Result<()> {
        self.in_key = false;
        if self.muted.is_none() {
            let secret = self.key_is_secret();
            self.reserved |= self.depth == 1 && self.key_is_reserved();
            self.text(b":")?;
            if secret {
                self.text(MASKED)?;
                self.muted = Some(Mute::Value(self.depth));
            }
        }
        Ok(())
    }

    #[inline]
    fn value_ends(&mut self) -> io::Result<()> {
        if self.muted == Some(Mute::Value(self.depth)) {
            self.muted = None;
        }
        Ok(())
    }

    fn encoded(&mut self, text: &str) -> io::Result<()> {
        if self.is_muted() {
            return Ok(());
        }
        let (start, depth) = (self.out.len(), self.depth);
        match encoded::copy(text, self) {
            Err(_) if self.aborted.is_none() => {
                self.out.truncate(start);
                self.depth = depth;
                (self.muted, self.string, self.in_key) = (None, None, false);
                self.text(NOT_JSON)
            }
            copied => copied,
        }
    }

    #[inline]
    fn is_muted(&self) -> bool {
        self.muted.is_some()
    }

    #[cold]
    fn abort(&mut self, reason: AbortReason) -> io::Error {
        self.aborted = Some(reason);
        io::ErrorKind::Other.into()
    }
}
