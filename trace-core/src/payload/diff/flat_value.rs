//! The flat form of a value: its leaves, each with its dotted path.

use std::ops::Range;

use crate::masking::Masks;
use crate::payload::equality::{Noted, Notes};

/// The leaves of a value, in the order of the value's fields.
///
/// One buffer holds all paths and another all values, so that a thread that reuses the two does not allocate.
#[derive(Debug, Default)]
pub(super) struct FlatValue {
    pub(super) paths: Vec<u8>,
    pub(super) values: Vec<u8>,
    pub(super) leaves: Vec<Leaf>,
    /// The path of the value that is being written.
    pub(super) path: Vec<u8>,
    /// The segments of that path.
    pub(super) segments: Vec<PathSegment>,
    /// The notes of fields with their own equality.
    pub(super) notes: Notes,
}

/// A scalar, a list, or an object that is not flattened.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    pub(super) path: Range<usize>,
    pub(super) value: Range<usize>,
    /// The flag that a key of the leaf means a secret: a key above it, or its own key if that was escaped for the path. A
    /// last key without escapes is read from the path, by [`FlatValue::is_secret`].
    pub(super) secret: bool,
}

/// A key whose value is being written.
#[derive(Debug)]
pub(super) struct PathSegment {
    /// The length of the path before this segment and its dot.
    pub(super) parent_end: usize,
    /// The start of the key in the path.
    pub(super) start: usize,
    /// The start of the value in the values.
    pub(super) value: usize,
    /// The number of leaves before its value.
    pub(super) leaves: usize,
    /// The flag of a key that is known to mean a secret.
    pub(super) secret: bool,
}

impl FlatValue {
    /// Removes the value and keeps the memory, up to the usual size of a diff.
    pub(super) fn clear(&mut self) {
        const KEPT: usize = 64 * 1024;
        if self.paths.capacity() + self.values.capacity() > KEPT {
            *self = Self::default();
        }
        self.paths.clear();
        self.values.clear();
        self.leaves.clear();
        self.path.clear();
        self.segments.clear();
        self.notes.clear();
    }

    /// Returns the leaf's dotted path in the spelling of a JSON string. It is empty for a value that is no object.
    pub(super) fn path(&self, leaf: &Leaf) -> &[u8] {
        &self.paths[leaf.path.clone()]
    }

    /// Returns the leaf's value as JSON, unmasked.
    pub(super) fn value(&self, leaf: &Leaf) -> &[u8] {
        &self.values[leaf.value.clone()]
    }

    /// Returns the leaf with the notes that may apply to it.
    pub(super) fn noted(&self, leaf: &Leaf) -> Noted<'_> {
        (&self.notes, leaf.value.start, self.value(leaf))
    }

    /// Returns whether the last key of this path means a secret.
    pub(super) fn is_secret(path: &[u8], masks: &Masks) -> bool {
        let last = path.rsplit(|&byte| byte == b'.').next();
        last.is_some_and(|key| masks.covers_bytes(key))
    }

    /// Ends the flattening. A value that is no object is one leaf without a path, and `null` has no leaf.
    pub(super) fn end(&mut self) {
        if self.leaves.is_empty() && !self.values.is_empty() && self.values != b"null" {
            self.leaves.push(Leaf {
                path: 0..0,
                value: 0..self.values.len(),
                secret: false,
            });
        }
    }
}
