//! What changed between two values.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Serialize;
use serde_json::Serializer;

use super::equality;
use super::mask::Masks;
use super::masked::{MASKED, Masked};
use super::same::same;
use super::scribe::{Paper as _, Scribe, Stop};
use super::side::{Flat, Leaf, Side};
use super::{Capture, mark, mark_stop};
use crate::field::Field;
use crate::fields::Fields;
use crate::limits::{PAYLOAD_BYTES, PAYLOAD_DEPTH};

/// Whether two values differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "an unchanged value usually makes no event"]
#[non_exhaustive]
pub enum Changed {
    /// They say the same; nothing was written.
    No,
    /// They differ, or are too large to be compared; [`Field::Diff`] says how.
    Yes,
    /// One of them could not be read; [`Field::Diff`] says so. [`Capture`] tells whether it panicked.
    Unknown(Capture),
}

/// Gives [`Field::Diff`] what changed from `before` to `after`, unless it has a value or nothing changed.
///
/// Only what changed: `{"email":{"from":"a@b.c","to":"d@e.f"}}`. Both values are compared as they are and masked as they
/// are written, so a changed password shows as changed. They may be of different types; what counts is what each says as
/// JSON, so `1_u8` equals `1_i64`, `1` does not equal `1.0`, and a unit variant equals its name.
///
/// - Structs and maps are looked into: `address.city`. In a key itself a dot is written `~1`, a tilde `~0`, and an empty
///   key is `~`, so that every path reads one way. The order of keys does not matter.
/// - Lists are replaced whole. So is a set: one without an order (`HashSet`) may show as changed when it is not, unless
///   its field says [`by_content`](super::by_content).
/// - What is spelled differently differs: `1.10` and `1.1`, one instant in two offsets. A field that says
///   [`by_equality`](super::by_equality) is compared by its own `==`.
/// - A side that lacks the field is left out; `null` is a value. A `None` or `()` as a whole lacks everything, so that
///   `diff(&None, &Some(user))` is a creation.
/// - A value that is no struct or map is shown under `value`.
/// - What is under a secret key is one value, masked on both sides.
/// - `ignore` names keys, wherever they stand, or dotted paths; serde's `skip` does the same.
///
/// Beyond 64 KiB the diff is a marker; beyond 1 MiB the values are not compared and count as changed.
///
/// ```
/// use behavior_trace_core::payload::{Changed, write_diff};
/// use behavior_trace_core::{Field, Fields, Masks};
///
/// let before = std::collections::BTreeMap::from([("email", "a@b.c"), ("name", "Ada")]);
/// let after = std::collections::BTreeMap::from([("email", "d@e.f"), ("name", "Ada")]);
/// let mut fields = Fields::new();
/// let changed = write_diff(&mut fields, &Masks::default(), &before, &after, &[]);
/// assert_eq!(changed, Changed::Yes);
/// assert_eq!(fields.get(Field::Diff), Some(r#"{"email":{"from":"a@b.c","to":"d@e.f"}}"#));
/// ```
pub fn write_diff<B, A>(
    fields: &mut Fields,
    masks: &Masks,
    before: &B,
    after: &A,
    ignore: &[&str],
) -> Changed
where
    B: Serialize + ?Sized,
    A: Serialize + ?Sized,
{
    let mut scratch = SCRATCH.try_with(RefCell::take).unwrap_or_default();
    let laid_out = scratch
        .before
        .lay_out(masks, ignore, &mut |pen| before.serialize(pen).is_ok())
        .and_then(|()| {
            scratch
                .after
                .lay_out(masks, ignore, &mut |pen| after.serialize(pen).is_ok())
        });
    let changed = scratch.compare(laid_out, masks);
    if changed != Changed::No {
        fields.append(Field::Diff, |out| out.extend_from_slice(&scratch.text));
    }
    scratch.clear();
    let _ = SCRATCH.try_with(|kept| kept.replace(scratch));
    changed
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Memory that a thread keeps, so that a diff allocates nothing once the thread is warm.
#[derive(Default)]
struct Scratch {
    before: Side,
    after: Side,
    text: Vec<u8>,
}

/// Why a side could not be laid out.
#[derive(Clone, Copy)]
enum Fault {
    Stop(Stop),
    Code(Capture),
}

type Pen<'s, 'p, 'a> = &'s mut Serializer<io::Sink, Scribe<'p, Flat<'a>>>;

impl Side {
    fn lay_out(
        &mut self,
        masks: &Masks,
        ignore: &[&str],
        serialize: &mut dyn FnMut(Pen<'_, '_, '_>) -> bool,
    ) -> Result<(), Fault> {
        let mut paper = Flat::new(self, masks, ignore);
        let mut pen = Serializer::with_formatter(io::sink(), Scribe::new(&mut paper));
        let serialized = catch_unwind(AssertUnwindSafe(|| serialize(&mut pen)));
        let stopped = paper.stopped;
        self.notes = equality::noted();
        match (serialized, stopped) {
            (Ok(true), None) => {
                self.end();
                Ok(())
            }
            (Err(_), _) => Err(Fault::Code(Capture::Panicked)),
            (Ok(_), Some(stop @ (Stop::Oversize | Stop::Bottomless))) => Err(Fault::Stop(stop)),
            (Ok(_), _) => Err(Fault::Code(Capture::Failed)),
        }
    }
}

impl Scratch {
    /// Writes the difference, or what came in its way, into `text`.
    fn compare(&mut self, laid_out: Result<(), Fault>, masks: &Masks) -> Changed {
        match laid_out {
            Ok(()) => {
                let mut difference = Difference {
                    before: &self.before,
                    after: &self.after,
                    masks,
                    text: &mut self.text,
                };
                match difference.write() {
                    Ok(()) if self.text.is_empty() => return Changed::No,
                    Ok(()) => self.text.push(b'}'),
                    Err(Oversize) => mark_stop(&mut self.text, 0, Stop::Oversize),
                }
                Changed::Yes
            }
            Err(Fault::Stop(stop)) => {
                mark_stop(&mut self.text, 0, stop);
                Changed::Yes
            }
            Err(Fault::Code(capture)) => {
                mark(&mut self.text, 0, capture.word());
                Changed::Unknown(capture)
            }
        }
    }

    fn clear(&mut self) {
        self.before.clear();
        self.after.clear();
        self.text.clear();
        self.text.shrink_to(PAYLOAD_BYTES);
    }
}

/// The difference is longer than a payload may be.
struct Oversize;

struct Difference<'a> {
    before: &'a Side,
    after: &'a Side,
    masks: &'a Masks,
    text: &'a mut Vec<u8>,
}

impl Difference<'_> {
    fn write(&mut self) -> Result<(), Oversize> {
        let (before, after) = (self.before, self.after);
        let (left, right) = (&before.leaves[..], &after.leaves[..]);
        // Two values of one type mostly name the same fields in the same order.
        let in_step = left
            .iter()
            .zip(right)
            .take_while(|(left, right)| before.path(left) == after.path(right))
            .count();
        for (left, right) in left.iter().zip(right).take(in_step) {
            self.pair(left, right)?;
        }
        match (&left[in_step..], &right[in_step..]) {
            ([], []) => Ok(()),
            ([], added) => added
                .iter()
                .try_for_each(|leaf| self.change(None, Some(leaf))),
            (removed, []) => removed
                .iter()
                .try_for_each(|leaf| self.change(Some(leaf), None)),
            (left, right) => self.merge(ordered(before, left), ordered(after, right)),
        }
    }

    fn merge(&mut self, left: Vec<&Leaf>, right: Vec<&Leaf>) -> Result<(), Oversize> {
        let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
        loop {
            let order = match (left.peek(), right.peek()) {
                (None, None) => return Ok(()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(left), Some(right)) => self.before.path(left).cmp(self.after.path(right)),
            };
            let left = if order.is_le() { left.next() } else { None };
            let right = if order.is_ge() { right.next() } else { None };
            match (left, right) {
                (Some(left), Some(right)) => self.pair(left, right)?,
                (left, right) => self.change(left, right)?,
            }
        }
    }

    fn pair(&mut self, left: &Leaf, right: &Leaf) -> Result<(), Oversize> {
        let (from, to) = (self.before.value(left), self.after.value(right));
        let are_equal = || equality::are_equal(self.before.noted(left), self.after.noted(right));
        if from == to || says_the_same(from, to) || are_equal() {
            return Ok(());
        }
        self.change(Some(left), Some(right))
    }

    fn change(&mut self, from: Option<&Leaf>, to: Option<&Leaf>) -> Result<(), Oversize> {
        let (before, after) = (self.before, self.after);
        let path = from.map_or_else(
            || to.map_or(&b""[..], |leaf| after.path(leaf)),
            |leaf| before.path(leaf),
        );
        let secret = [from, to].into_iter().flatten().any(|leaf| leaf.secret)
            || Side::is_secret(path, self.masks);
        self.text
            .extend_from_slice(if self.text.is_empty() { b"{\"" } else { b",\"" });
        self.text
            .extend_from_slice(if path.is_empty() { b"value" } else { path });
        self.text.extend_from_slice(b"\":{");
        if let Some(leaf) = from {
            self.text.extend_from_slice(b"\"from\":");
            self.value(before.value(leaf), secret)?;
        }
        if let Some(leaf) = to {
            self.text.extend_from_slice(if from.is_some() {
                b",\"to\":"
            } else {
                b"\"to\":"
            });
            self.value(after.value(leaf), secret)?;
        }
        self.text.push(b'}');
        // One more byte closes the diff.
        if self.text.len() < PAYLOAD_BYTES {
            Ok(())
        } else {
            Err(Oversize)
        }
    }

    fn value(&mut self, value: &[u8], secret: bool) -> Result<(), Oversize> {
        /// Around it lie the payload, the diff and the change.
        const DEPTH: usize = PAYLOAD_DEPTH - 3;
        if secret {
            self.text.extend_from_slice(MASKED);
            return Ok(());
        }
        if let [b'"', text @ .., b'"'] = value {
            return match self.masks.mask_json(text) {
                Some(text) => self.whole(&[b"\"", &text[..], b"\""].concat()),
                None => self.whole(value),
            };
        }
        let has_strings = self.masks.scans_values() && value.contains(&b'"');
        if !has_inside(value) && !has_strings {
            return self.whole(value);
        }
        let room = PAYLOAD_BYTES.saturating_sub(self.text.len());
        let mut paper = Masked::new(self.text, self.masks, room, DEPTH);
        let _ = paper.encoded(str::from_utf8(value).unwrap_or_default());
        if paper.stopped.is_some() {
            Err(Oversize)
        } else {
            Ok(())
        }
    }

    /// A value in which nothing is left to mask.
    fn whole(&mut self, value: &[u8]) -> Result<(), Oversize> {
        if self.text.len() + value.len() > PAYLOAD_BYTES {
            return Err(Oversize);
        }
        self.text.extend_from_slice(value);
        Ok(())
    }
}

/// The leaves by path, those of one path in the order they came.
fn ordered<'a>(side: &Side, leaves: &'a [Leaf]) -> Vec<&'a Leaf> {
    let mut ordered: Vec<_> = leaves.iter().collect();
    ordered.sort_by(|left, right| side.path(left).cmp(side.path(right)));
    ordered
}

/// Whether a list or an object has something in it that masks and limits must see: an object, a list.
fn has_inside(value: &[u8]) -> bool {
    matches!(value, [b'[' | b'{', rest @ ..] if rest.iter().any(|byte| matches!(byte, b'[' | b'{' | b':')))
}

fn says_the_same(from: &[u8], to: &[u8]) -> bool {
    has_inside(from)
        && has_inside(to)
        && str::from_utf8(from).is_ok_and(|from| str::from_utf8(to).is_ok_and(|to| same(from, to)))
}

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
