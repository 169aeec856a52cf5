//! The output that JSON is written to, piece by piece.

use std::io;

/// A receiver of JSON piece by piece, with structure separate from text.
pub(crate) trait JsonOutput {
    /// Takes a part of a scalar or of a string in JSON spelling.
    fn text(&mut self, text: &[u8]) -> io::Result<()>;

    /// Takes the quotation mark at either end of a string.
    fn quote(&mut self) -> io::Result<()> {
        self.text(b"\"")
    }

    /// Opens a list or an object.
    fn open(&mut self, nesting: Nesting) -> io::Result<()>;

    /// Closes the list or object that was opened last.
    fn close(&mut self, nesting: Nesting) -> io::Result<()>;

    /// Begins an element of a list.
    fn element(&mut self, first: bool) -> io::Result<()>;

    /// Begins a key.
    fn key(&mut self, first: bool) -> io::Result<()>;

    /// Ends a key, before its value.
    fn value(&mut self) -> io::Result<()>;

    /// Ends a value.
    fn value_ends(&mut self) -> io::Result<()>;

    /// Takes encoded JSON that is not parsed yet.
    fn encoded(&mut self, text: &str) -> io::Result<()>;

    /// Returns whether the next pieces are discarded, so that they need not be read.
    fn is_muted(&self) -> bool;

    /// Aborts and stores the reason. The error has no content.
    fn abort(&mut self, reason: AbortReason) -> io::Error;
}

/// The two kinds of nesting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nesting {
    List,
    Object,
}

impl Nesting {
    pub(crate) const fn opening(self) -> &'static [u8] {
        match self {
            Self::List => b"[",
            Self::Object => b"{",
        }
    }

    pub(crate) const fn closing(self) -> &'static [u8] {
        match self {
            Self::List => b"]",
            Self::Object => b"}",
        }
    }
}

/// The reason why writing was aborted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AbortReason {
    /// More bytes than allowed.
    Oversize,
    /// Nesting so deep that it endangers the stack.
    Bottomless,
    /// A `Serialize` that breaks serde's rules: a key without a value, an element outside a list.
    Malformed,
}
