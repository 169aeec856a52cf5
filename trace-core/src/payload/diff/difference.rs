//! The difference of two flat values.

use std::cmp::Ordering;

use super::flat_value::{FlatValue, Leaf};
use super::json_eq::json_eq;
use crate::limits::{PAYLOAD_BYTES, PAYLOAD_DEPTH};
use crate::masking::{JsonOutput as _, MASKED, MaskingOutput, Masks};
use crate::payload::equality;

/// The error for a difference longer than the maximum payload.
pub(super) struct Oversize;

/// A comparison of two values, leaf by leaf, and the text of the changes.
pub(super) struct Difference<'a> {
    pub(super) before: &'a FlatValue,
    pub(super) after: &'a FlatValue,
    pub(super) masks: &'a Masks,
    pub(super) text: &'a mut Vec<u8>,
}

impl Difference<'_> {
    /// Writes all changes without the closing bracket. It writes nothing if nothing changed.
    pub(super) fn write(&mut self) -> Result<(), Oversize> {
        let (before, after) = (self.before, self.after);
        let (left, right) = (&before.leaves[..], &after.leaves[..]);
        // Two values of one type mostly have the same fields in the same order.
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

    /// Compares leaves in the order of their paths.
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

    /// Compares two leaves with the same path.
    fn pair(&mut self, left: &Leaf, right: &Leaf) -> Result<(), Oversize> {
        let (from, to) = (self.before.value(left), self.after.value(right));
        let are_equal = || equality::are_equal(self.before.noted(left), self.after.noted(right));
        if from == to || is_same_json(from, to) || are_equal() {
            return Ok(());
        }
        self.change(Some(left), Some(right))
    }

    /// Writes one change: `"path":{"from":…,"to":…}`.
    fn change(&mut self, from: Option<&Leaf>, to: Option<&Leaf>) -> Result<(), Oversize> {
        let (before, after) = (self.before, self.after);
        let path = from.map_or_else(
            || to.map_or(&b""[..], |leaf| after.path(leaf)),
            |leaf| before.path(leaf),
        );
        let secret = [from, to].into_iter().flatten().any(|leaf| leaf.secret)
            || FlatValue::is_secret(path, self.masks);
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
        // The closing bracket of the diff takes one more byte.
        if self.text.len() < PAYLOAD_BYTES {
            Ok(())
        } else {
            Err(Oversize)
        }
    }

    /// Writes a value, masked.
    fn value(&mut self, value: &[u8], secret: bool) -> Result<(), Oversize> {
        /// The maximum nesting of a value, inside the payload, the diff and the change.
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
        let mut output = MaskingOutput::new(self.text, self.masks, room, DEPTH);
        let _ = output.encoded(str::from_utf8(value).unwrap_or_default());
        if output.aborted.is_some() {
            Err(Oversize)
        } else {
            Ok(())
        }
    }

    /// Writes a value that needs no masking.
    fn whole(&mut self, value: &[u8]) -> Result<(), Oversize> {
        if self.text.len() + value.len() > PAYLOAD_BYTES {
            return Err(Oversize);
        }
        self.text.extend_from_slice(value);
        Ok(())
    }
}

/// Returns the leaves sorted by path. Leaves with the same path keep their order.
fn ordered<'a>(flat: &FlatValue, leaves: &'a [Leaf]) -> Vec<&'a Leaf> {
    let mut ordered: Vec<_> = leaves.iter().collect();
    ordered.sort_by(|left, right| flat.path(left).cmp(flat.path(right)));
    ordered
}

/// Returns whether a list or an object has content that masks and limits must see: a list, an object or a key.
fn has_inside(value: &[u8]) -> bool {
    matches!(value, [b'[' | b'{', rest @ ..] if rest.iter().any(|byte| matches!(byte, b'[' | b'{' | b':')))
}

/// Returns whether two texts are different spellings of the same JSON value.
fn is_same_json(from: &[u8], to: &[u8]) -> bool {
    has_inside(from)
        && has_inside(to)
        && str::from_utf8(from)
            .is_ok_and(|from| str::from_utf8(to).is_ok_and(|to| json_eq(from, to)))
}
