//! Flattening: the leaves of a value are collected while it is serialized as JSON.
//!
//! # An example
//!
//! ```json
//! {"name": "Ada", "address": {"city": "Rome", "geo": {}}, "tags": ["a", "b"], "token": {"id": 7}}
//! ```
//!
//! becomes five leaves:
//!
//! | path | value | secret |
//! |---|---|---|
//! | `name` | `"Ada"` | no |
//! | `address.city` | `"Rome"` | no |
//! | `address.geo` | `{}` | no |
//! | `tags` | `["a","b"]` | no |
//! | `token` | `{"id":7}` | yes |
//!
//! The serializer calls [`Flattener`] piece by piece. These are the calls for `"address": {"city": "Rome"}`:
//!
//! | call | effect | path | values |
//! |---|---|---|---|
//! | `key` | starts a segment | | |
//! | `text(address)` | extends the path: a key is being written | `address` | |
//! | `value` | ends the key and stores the start of its value | `address` | |
//! | `open(Object)` | enters the object; writes nothing | `address` | |
//! | `key`, `text(city)`, `value` | adds a second segment | `address.city` | |
//! | `quote`, `text(Rome)`, `quote` | extends the values | `address.city` | `"Rome"` |
//! | `value_ends` | adds a leaf, since none was added inside; drops the segment | `address` | `"Rome"` |
//! | `close(Object)` | writes nothing, since there was a leaf inside | `address` | `"Rome"` |
//! | `value_ends` | adds no leaf, since one was added inside; drops the segment | | `"Rome"` |
//!
//! # The rules
//!
//! 1. An object is entered: its keys extend the path, and its brackets are not written.
//! 2. An object is *whole*, one leaf with all of its JSON, under a secret key and below [`FLAT_DEPTH`]. Not even the keys
//!    under a secret key may show. A list is always whole, with the objects inside.
//! 3. An object without a leaf inside is the leaf `{}`, except at the top, where it is nothing.
//! 4. An ignored key is muted up to the end of its value. It adds no leaf.
//! 5. A value that is no object is one leaf without a path; `null` has no leaf ([`FlatValue::end`]).
//! 6. Pre-encoded JSON is read and flattened alike. If it breaks off, a mark replaces everything it added.

use std::io;

use super::flat_value::{FlatValue, Leaf, PathSegment};
use super::path;
use crate::masking::{AbortReason, JsonOutput, Masks, NOT_JSON, Nesting, copy_encoded};
use crate::payload::equality;

/// The maximum size of one side, in bytes. Larger values are not compared.
const SIDE_BYTES: usize = 1 << 20;

/// The maximum depth at which objects are flattened.
const FLAT_DEPTH: usize = 20;

/// An output that flattens a value.
pub(super) struct Flattener<'a> {
    flat: &'a mut FlatValue,
    masks: &'a Masks,
    ignore: &'a [&'a str],
    /// The number of open lists and objects.
    depth: usize,
    /// The flag that a key is being written, not a value.
    in_key: bool,
    /// The depth of the open list or object that is whole.
    whole: Option<usize>,
    /// The depth of the ignored key, until its value ends.
    ignored: Option<usize>,
    pub(super) aborted: Option<AbortReason>,
}

impl<'a> Flattener<'a> {
    pub(super) fn new(flat: &'a mut FlatValue, masks: &'a Masks, ignore: &'a [&'a str]) -> Self {
        equality::at(0);
        Self {
            flat,
            masks,
            ignore,
            depth: 0,
            in_key: false,
            whole: None,
            ignored: None,
            aborted: None,
        }
    }

    /// Returns whether keys extend the path here.
    const fn is_flat(&self) -> bool {
        self.whole.is_none() && self.ignored.is_none()
    }

    /// Returns whether the object that opens now is under a secret key, and stores the answer.
    fn is_under_secret(&mut self) -> bool {
        let flat = &mut *self.flat;
        if let Some(segment) = flat.segments.last_mut() {
            segment.secret |= self.masks.covers_bytes(&flat.path[segment.start..]);
            return segment.secret;
        }
        false
    }

    /// Finishes the last segment of the path: escapes the key, and mutes its value if it is ignored.
    fn end_key(&mut self) {
        let flat = &mut *self.flat;
        let Some(segment) = flat.segments.last_mut() else {
            return;
        };
        let key = &flat.path[segment.start..];
        if key.is_empty() {
            flat.path.push(b'~');
        } else if path::is_escaped(key) {
            let key = flat.path.split_off(segment.start);
            // The words are read from the key before it is escaped for the path.
            segment.secret = path::unescaped(&key).is_none_or(|key| self.masks.is_masked(&key));
            path::append_escaped(&mut flat.path, key);
        }
        let (whole_path, key) = (&flat.path[..], &flat.path[segment.start..]);
        let is_named = |name: &&str| path::means(key, name) || path::means(whole_path, name);
        if self.ignore.iter().any(is_named) {
            self.ignored = Some(self.depth);
        }
        segment.value = flat.values.len();
        equality::at(segment.value);
    }

    /// Drops the last segment of the path. Its value becomes a leaf unless it contains leaves.
    #[inline]
    fn end_segment(&mut self) {
        let flat = &mut *self.flat;
        let Some(segment) = flat.segments.pop() else {
            return;
        };
        if segment.leaves == flat.leaves.len() && self.ignored.is_none() {
            let start = flat.paths.len();
            flat.paths.extend_from_slice(&flat.path);
            flat.leaves.push(Leaf {
                path: start..flat.paths.len(),
                value: segment.value..flat.values.len(),
                secret: segment.secret,
            });
        }
        flat.path.truncate(segment.parent_end);
    }
}

impl JsonOutput for Flattener<'_> {
    #[inline]
    fn text(&mut self, text: &[u8]) -> io::Result<()> {
        if self.ignored.is_some() {
            return Ok(());
        }
        let flat = &mut *self.flat;
        if flat.values.len() + flat.paths.len() + flat.path.len() + text.len() > SIDE_BYTES {
            return Err(self.abort(AbortReason::Oversize));
        }
        let buffer = if self.in_key {
            &mut flat.path
        } else {
            &mut flat.values
        };
        buffer.extend_from_slice(text);
        Ok(())
    }

    #[inline]
    fn quote(&mut self) -> io::Result<()> {
        if self.in_key {
            Ok(())
        } else {
            self.text(b"\"")
        }
    }

    fn open(&mut self, nesting: Nesting) -> io::Result<()> {
        self.depth += 1;
        if self.is_flat()
            && (nesting == Nesting::List || self.depth > FLAT_DEPTH || self.is_under_secret())
        {
            self.whole = Some(self.depth);
        }
        if self.whole.is_some() {
            self.text(nesting.opening())?;
        }
        Ok(())
    }

    fn close(&mut self, nesting: Nesting) -> io::Result<()> {
        if self.whole.is_some() {
            self.text(nesting.closing())?;
            if self.whole == Some(self.depth) {
                self.whole = None;
            }
        } else if self.is_flat()
            && let Some(segment) = self.flat.segments.last()
            && segment.leaves == self.flat.leaves.len()
        {
            self.text(b"{}")?;
        }
        self.depth -= 1;
        Ok(())
    }

    #[inline]
    fn element(&mut self, first: bool) -> io::Result<()> {
        if first || self.is_flat() {
            Ok(())
        } else {
            self.text(b",")
        }
    }

    #[inline]
    fn key(&mut self, first: bool) -> io::Result<()> {
        if !self.is_flat() {
            return self.element(first);
        }
        let flat = &mut *self.flat;
        let parent_end = flat.path.len();
        if parent_end > 0 {
            flat.path.push(b'.');
        }
        flat.segments.push(PathSegment {
            parent_end,
            start: flat.path.len(),
            value: 0,
            leaves: flat.leaves.len(),
            secret: false,
        });
        self.in_key = true;
        Ok(())
    }

    #[inline]
    fn value(&mut self) -> io::Result<()> {
        if self.in_key {
            self.in_key = false;
            self.end_key();
            return Ok(());
        }
        self.text(b":")
    }

    #[inline]
    fn value_ends(&mut self) -> io::Result<()> {
        let is_inside_ignored = self.ignored.is_some_and(|depth| depth != self.depth);
        if self.whole.is_none() && !is_inside_ignored {
            self.end_segment();
            self.ignored = None;
        }
        Ok(())
    }

    fn encoded(&mut self, text: &str) -> io::Result<()> {
        if self.is_muted() {
            return Ok(());
        }
        let flat = &self.flat;
        let (depth, whole) = (self.depth, self.whole);
        let (values, paths, leaves) = (flat.values.len(), flat.paths.len(), flat.leaves.len());
        let (path, segments) = (flat.path.len(), flat.segments.len());
        match copy_encoded(text, self) {
            Err(_) if self.aborted.is_none() => {
                (self.depth, self.whole) = (depth, whole);
                (self.in_key, self.ignored) = (false, None);
                self.flat.values.truncate(values);
                self.flat.paths.truncate(paths);
                self.flat.leaves.truncate(leaves);
                self.flat.path.truncate(path);
                self.flat.segments.truncate(segments);
                self.text(NOT_JSON)
            }
            copied => copied,
        }
    }

    fn is_muted(&self) -> bool {
        self.ignored.is_some()
    }

    #[cold]
    fn abort(&mut self, reason: AbortReason) -> io::Error {
        self.aborted = Some(reason);
        io::ErrorKind::Other.into()
    }
}
