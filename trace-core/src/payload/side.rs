//! One side of a diff: a value laid out flat, every leaf with its dotted path.

use std::io;
use std::ops::Range;

use super::encoded;
use super::equality::{self, Noted, Notes};
use super::mask::Masks;
use super::masked::NOT_JSON;
use super::scribe::{Bracket, Paper, Stop};

/// What one side may take, in bytes. Beyond it the values are not compared.
const SIDE_BYTES: usize = 1 << 20;

/// Objects below this depth are compared as one leaf.
const FLAT_DEPTH: usize = 20;

/// The leaves of a value, in the order it names them.
#[derive(Debug, Default)]
pub(super) struct Side {
    names: Vec<u8>,
    values: Vec<u8>,
    pub(super) leaves: Vec<Leaf>,
    path: Vec<u8>,
    frames: Vec<Frame>,
    /// What fields with an equality of their own noted.
    pub(super) notes: Notes,
}

/// A scalar, a list, or an object that is not looked into.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    path: Range<usize>,
    value: Range<usize>,
    /// Whether a key above it means a secret, or its own as it was before it was spelled for the path. Whatever lies under
    /// a secret key is one leaf.
    pub(super) secret: bool,
}

/// A key whose value is being laid out.
#[derive(Debug)]
struct Frame {
    path: usize,
    segment: usize,
    value: usize,
    leaves: usize,
    secret: bool,
}

impl Side {
    /// Forgets the value and keeps the memory, up to a size that a diff usually has.
    pub(super) fn clear(&mut self) {
        const KEPT: usize = 64 * 1024;
        if self.names.capacity() + self.values.capacity() > KEPT {
            *self = Self::default();
        }
        self.names.clear();
        self.values.clear();
        self.leaves.clear();
        self.path.clear();
        self.frames.clear();
        self.notes.clear();
    }

    /// The leaf's dotted path, spelled as in a JSON string; empty for a value that is no object.
    pub(super) fn path(&self, leaf: &Leaf) -> &[u8] {
        &self.names[leaf.path.clone()]
    }

    /// The leaf's value as JSON, unmasked.
    pub(super) fn value(&self, leaf: &Leaf) -> &[u8] {
        &self.values[leaf.value.clone()]
    }

    /// The leaf with what may have been noted of it.
    pub(super) fn noted(&self, leaf: &Leaf) -> Noted<'_> {
        (&self.notes, leaf.value.start, self.value(leaf))
    }

    /// Whether the key that ends this path means a secret.
    pub(super) fn is_secret(path: &[u8], masks: &Masks) -> bool {
        let last = path.rsplit(|&byte| byte == b'.').next();
        last.is_some_and(|key| masks.covers_bytes(key))
    }

    /// Ends the layout: a value that is no object is one leaf without a path, and nothing is nothing.
    pub(super) fn end(&mut self) {
        if self.leaves.is_empty() && !self.values.is_empty() && self.values != b"null" {
            self.leaves.push(Leaf {
                path: 0..0,
                value: 0..self.values.len(),
                secret: false,
            });
        }
    }

    fn frame_secret(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.secret)
    }
}

/// Lays a value out on a side.
pub(super) struct Flat<'a> {
    side: &'a mut Side,
    masks: &'a Masks,
    ignore: &'a [&'a str],
    depth: usize,
    at_key: bool,
    /// The depth of the bracket that is taken as one leaf.
    whole: Option<usize>,
    /// The depth of the key that is ignored.
    ignored: Option<usize>,
    pub(super) stopped: Option<Stop>,
}

impl<'a> Flat<'a> {
    pub(super) fn new(side: &'a mut Side, masks: &'a Masks, ignore: &'a [&'a str]) -> Self {
        equality::at(0);
        Self {
            side,
            masks,
            ignore,
            depth: 0,
            at_key: false,
            whole: None,
            ignored: None,
            stopped: None,
        }
    }

    const fn is_flat(&self) -> bool {
        self.whole.is_none() && self.ignored.is_none()
    }

    /// Whether an object that opens now is taken as one leaf: nothing under a secret key may show, not even its keys.
    fn hides_inside(&mut self) -> bool {
        let side = &mut *self.side;
        if let Some(frame) = side.frames.last_mut() {
            frame.secret |= self.masks.covers_bytes(&side.path[frame.segment..]);
            return frame.secret;
        }
        false
    }

    /// Finishes the last segment of the path: dots and tildes in a key are written `~1` and `~0`, an empty key `~`.
    fn end_key(&mut self) {
        let side = &mut *self.side;
        let Some(frame) = side.frames.last_mut() else {
            return;
        };
        let key = &side.path[frame.segment..];
        if key.is_empty() {
            side.path.push(b'~');
        } else if key.iter().any(|byte| matches!(byte, b'.' | b'~' | b'\\')) {
            let key = side.path.split_off(frame.segment);
            // The words are read from the key as it was, before it is escaped for the path.
            frame.secret = serde_json::from_slice::<String>(&[b"\"", &key[..], b"\""].concat())
                .map_or(true, |key| self.masks.is_masked(&key));
            for byte in key {
                match byte {
                    b'~' => side.path.extend_from_slice(b"~0"),
                    b'.' => side.path.extend_from_slice(b"~1"),
                    byte => side.path.push(byte),
                }
            }
        }
        let (path, key) = (&side.path[..], &side.path[frame.segment..]);
        let is_named = |name: &&str| is_spelled(key, name) || is_spelled(path, name);
        if self.ignore.iter().any(is_named) {
            self.ignored = Some(self.depth);
        }
        frame.value = side.values.len();
        equality::at(frame.value);
    }
}

/// Whether a key or a path, as [`Flat::end_key`] writes it, stands for this name.
fn is_spelled(written: &[u8], name: &str) -> bool {
    let is_plain = !written.iter().any(|byte| matches!(byte, b'~' | b'\\'));
    if is_plain || written == name.as_bytes() {
        return written == name.as_bytes();
    }
    let text = String::from_utf8_lossy(written);
    let text = text.replace("~1", ".").replace("~0", "~");
    serde_json::from_str::<String>(&format!("\"{text}\"")).is_ok_and(|text| text == name)
}

impl Paper for Flat<'_> {
    #[inline]
    fn text(&mut self, text: &[u8]) -> io::Result<()> {
        if self.ignored.is_some() {
            return Ok(());
        }
        let side = &mut *self.side;
        if side.values.len() + side.names.len() + side.path.len() + text.len() > SIDE_BYTES {
            return Err(self.stop(Stop::Oversize));
        }
        let page = if self.at_key {
            &mut side.path
        } else {
            &mut side.values
        };
        page.extend_from_slice(text);
        Ok(())
    }

    #[inline]
    fn quote(&mut self) -> io::Result<()> {
        if self.at_key {
            Ok(())
        } else {
            self.text(b"\"")
        }
    }

    fn open(&mut self, bracket: Bracket) -> io::Result<()> {
        self.depth += 1;
        if self.is_flat()
            && (bracket == Bracket::List || self.depth > FLAT_DEPTH || self.hides_inside())
        {
            self.whole = Some(self.depth);
        }
        if self.whole.is_some() {
            self.text(bracket.opening())?;
        }
        Ok(())
    }

    fn close(&mut self, bracket: Bracket) -> io::Result<()> {
        if self.whole.is_some() {
            self.text(bracket.closing())?;
            if self.whole == Some(self.depth) {
                self.whole = None;
            }
        } else if self.is_flat()
            && let Some(frame) = self.side.frames.last()
            && frame.leaves == self.side.leaves.len()
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
        let side = &mut *self.side;
        let path = side.path.len();
        if path > 0 {
            side.path.push(b'.');
        }
        side.frames.push(Frame {
            path,
            segment: side.path.len(),
            value: 0,
            leaves: side.leaves.len(),
            secret: false,
        });
        self.at_key = true;
        Ok(())
    }

    #[inline]
    fn value(&mut self) -> io::Result<()> {
        if self.at_key {
            self.at_key = false;
            self.end_key();
            return Ok(());
        }
        self.text(b":")
    }

    #[inline]
    fn value_ends(&mut self) -> io::Result<()> {
        if self.whole.is_some() || self.ignored.is_some_and(|depth| depth != self.depth) {
            return Ok(());
        }
        let secret = self.side.frame_secret();
        let side = &mut *self.side;
        if let Some(frame) = side.frames.pop() {
            if frame.leaves == side.leaves.len() && self.ignored.is_none() {
                let start = side.names.len();
                side.names.extend_from_slice(&side.path);
                side.leaves.push(Leaf {
                    path: start..side.names.len(),
                    value: frame.value..side.values.len(),
                    secret,
                });
            }
            side.path.truncate(frame.path);
        }
        self.ignored = None;
        Ok(())
    }

    fn encoded(&mut self, text: &str) -> io::Result<()> {
        if self.is_muted() {
            return Ok(());
        }
        let side = &self.side;
        let (depth, whole) = (self.depth, self.whole);
        let (values, names, leaves) = (side.values.len(), side.names.len(), side.leaves.len());
        let (path, frames) = (side.path.len(), side.frames.len());
        match encoded::copy(text, self) {
            Err(_) if self.stopped.is_none() => {
                (self.depth, self.whole) = (depth, whole);
                (self.at_key, self.ignored) = (false, None);
                self.side.values.truncate(values);
                self.side.names.truncate(names);
                self.side.leaves.truncate(leaves);
                self.side.path.truncate(path);
                self.side.frames.truncate(frames);
                self.text(NOT_JSON)
            }
            copied => copied,
        }
    }

    fn is_muted(&self) -> bool {
        self.ignored.is_some()
    }

    #[cold]
    fn stop(&mut self, why: Stop) -> io::Error {
        self.stopped = Some(why);
        io::ErrorKind::Other.into()
    }
}
