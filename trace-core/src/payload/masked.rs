//! JSON written with its secrets masked, by their keys and by their shape, its depth and its length bounded.

use std::io;

use super::encoded;
use super::mask::Masks;
use super::scribe::{Bracket, Paper, Stop};
use crate::encoding::Keys;
use crate::keys::is_reserved;

/// Stands for the value of a secret.
pub(super) const MASKED: &[u8] = b"\"[masked]\"";
/// Stands for a list or an object below the deepest level.
pub(super) const TOO_DEEP: &[u8] = b"\"[too deep]\"";
/// Stands for pre-encoded JSON that is none.
pub(super) const NOT_JSON: &[u8] = b"\"[not JSON]\"";

/// Appends JSON to a buffer.
pub(super) struct Masked<'a> {
    out: &'a mut Vec<u8>,
    masks: &'a Masks,
    /// The length of the buffer that is not exceeded.
    end: usize,
    deepest: usize,
    depth: usize,
    key: usize,
    in_key: bool,
    /// Where the string that is being written begins, if it is a value.
    string: Option<usize>,
    muted: Option<Mute>,
    /// Whether a reserved key stands at the top.
    reserved: bool,
    pub(super) stopped: Option<Stop>,
}

/// Until when nothing is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mute {
    /// To the end of the value of a key at this depth: it is secret.
    Value(usize),
    /// To the end of the bracket at this depth: it is too deep.
    Bracket(usize),
}

impl<'a> Masked<'a> {
    pub(super) const fn new(
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
            stopped: None,
        }
    }

    /// What is known of the keys at the top.
    pub(super) const fn keys(&self) -> Keys {
        if self.reserved {
            Keys::Unknown
        } else {
            Keys::Free
        }
    }

    /// Whether the key just written, its quotation marks included, is one of ours. None of those is ever escaped.
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

impl Paper for Masked<'_> {
    #[inline]
    fn text(&mut self, text: &[u8]) -> io::Result<()> {
        if self.muted.is_some() {
            return Ok(());
        }
        if self.out.len() + text.len() > self.end {
            return Err(self.stop(Stop::Oversize));
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
            // It is one string by now, whatever pieces it came in.
            self.out.truncate(start);
            self.text(&masked)?;
        }
        self.text(b"\"")
    }

    fn open(&mut self, bracket: Bracket) -> io::Result<()> {
        self.depth += 1;
        if self.depth > self.deepest && self.muted.is_none() {
            self.text(TOO_DEEP)?;
            self.muted = Some(Mute::Bracket(self.depth));
        }
        self.text(bracket.opening())
    }

    fn close(&mut self, bracket: Bracket) -> io::Result<()> {
        if self.muted == Some(Mute::Bracket(self.depth)) {
            self.muted = None;
        } else {
            self.text(bracket.closing())?;
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
            Err(_) if self.stopped.is_none() => {
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
    fn stop(&mut self, why: Stop) -> io::Error {
        self.stopped = Some(why);
        io::ErrorKind::Other.into()
    }
}
