//! A set of fields, encoded once and copied afterwards.

mod actor;

use std::str;

use crate::encoding::{Encoded, HEAD, KeyHint, head};
use crate::field::Field;
use crate::masking::{Masks, copy_json};

/// The fields of a full context. An actor with a kind takes no part from another source.
const FULL_CONTEXT: u32 = Field::ActorType.bit()
    | Field::RequestId.bit()
    | Field::CorrelationId.bit()
    | Field::RouteName.bit()
    | Field::IpAddress.bit()
    | Field::UserAgent.bit();

/// Fields with their values, each at most once. The first value given to a field remains.
///
/// That rule gives the order of precedence: sources fill in from the innermost to the outermost and ignore the fields that
/// are already set.
///
/// ```
/// use behavior_trace_core::{Field, Fields};
///
/// let mut fields = Fields::new();
/// fields.put(Field::RequestId, "inner");
/// fields.put(Field::RequestId, "outer");
/// assert_eq!(fields.get(Field::RequestId), Some("inner"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Fields {
    present: u32,
    bytes: Vec<u8>,
}

impl Fields {
    /// Creates an empty set, which allocates with the first field.
    pub const fn new() -> Self {
        Self {
            present: 0,
            bytes: Vec::new(),
        }
    }

    /// Creates an empty set with this capacity in bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            present: 0,
            bytes: Vec::with_capacity(bytes),
        }
    }

    /// Returns whether the field has a value.
    pub const fn has(&self, field: Field) -> bool {
        self.present & field.bit() != 0
    }

    /// Returns whether no surrounding source could add to the event's actor and request.
    pub const fn has_full_context(&self) -> bool {
        self.present & FULL_CONTEXT == FULL_CONTEXT
    }

    /// Returns whether no field is set.
    pub const fn is_empty(&self) -> bool {
        self.present == 0
    }

    /// Sets the field, unless it has a value. An empty value is ignored. A payload and a diff are parsed first, as in
    /// [`write`](Self::write).
    #[inline]
    pub fn put(&mut self, field: Field, value: &str) {
        if holds_json(field) {
            self.read(field, value);
        } else {
            self.copy(field, value.as_bytes());
        }
    }

    /// Masks this text and sets a field that holds JSON to it.
    ///
    /// It is not inlined: every event has the other fields, and those do not need the stack space that this takes.
    #[cold]
    #[inline(never)]
    fn read(&mut self, field: Field, text: &str) {
        if !self.has(field) && !text.is_empty() {
            self.append_json(field, |out| copy_json(out, &Masks::default(), text));
        }
    }

    /// Copies a value of known length.
    #[inline]
    fn copy(&mut self, field: Field, value: &[u8]) {
        let Some(head) = head(field as u8, value.len()) else {
            return;
        };
        if self.has(field) {
            return;
        }
        self.bytes.reserve(HEAD + value.len());
        self.bytes.extend_from_slice(&head);
        self.bytes.extend_from_slice(value);
        self.present |= field.bit();
    }

    /// Sets the field to the value that `write` appends, unless it has one. The bytes must be UTF-8: decoding drops any
    /// other value. If `write` panics, the field has no value.
    ///
    /// A payload and a diff are parsed as JSON, and the usual secrets in them are masked, so that no text bypasses the
    /// masks. Use [`write_payload`](crate::payload::write_payload) and [`write_diff`](crate::payload::write_diff) to write
    /// values directly, with the policy's own masks.
    pub fn write(&mut self, field: Field, write: impl FnOnce(&mut Vec<u8>)) {
        if !holds_json(field) {
            return self.append(field, write);
        }
        let mut text = Vec::new();
        if !self.has(field) {
            write(&mut text);
        }
        self.read(field, &String::from_utf8_lossy(&text));
    }

    /// Sets the field to the value that `write` appends, unless it has one. The value is masked already.
    pub(crate) fn append(&mut self, field: Field, write: impl FnOnce(&mut Vec<u8>)) {
        self.append_json(field, |bytes| {
            write(bytes);
            KeyHint::Unknown
        });
    }

    /// Sets the field to the value that `write` appends, and keeps the key hint that `write` returns.
    ///
    /// The hint is lost where values are copied one by one, which is rare.
    pub(crate) fn append_json(
        &mut self,
        field: Field,
        write: impl FnOnce(&mut Vec<u8>) -> KeyHint,
    ) {
        if self.has(field) {
            return;
        }
        let start = self.bytes.len();
        let mut guard = ValueGuard {
            bytes: &mut self.bytes,
            keep: start,
        };
        guard.bytes.extend_from_slice(&[0; HEAD]);
        let tag = write(guard.bytes).tag(field);
        let end = guard.bytes.len();
        if let Some(head) = head(tag, end.saturating_sub(start + HEAD)) {
            guard.bytes[start..start + HEAD].copy_from_slice(&head);
            guard.keep = end;
            self.present |= field.bit();
        }
    }

    /// Takes the fields from `other` that are missing here.
    ///
    /// An actor is one unit: its kind, id, label and impersonator come together or not at all. A label or an impersonator
    /// without a kind or an id is not taken.
    #[inline]
    pub fn merge(&mut self, other: &Self) {
        if self.present & other.present == 0 && !self.actors_meet(other) {
            self.bytes.extend_from_slice(&other.bytes);
            self.present |= other.present;
        } else {
            self.merge_each(other);
        }
    }

    /// Takes all fields of `newer`, which replace earlier values, and returns the earlier set.
    pub fn update(&mut self, newer: Self) -> Self {
        let before = std::mem::replace(self, newer);
        for (field, value) in Encoded(&before.bytes) {
            self.copy(field, value);
        }
        before
    }

    /// Sets the field. It replaces any other value.
    pub fn set(&mut self, field: Field, value: &str) {
        self.remove(field);
        self.put(field, value);
    }

    /// Removes the field.
    pub fn remove(&mut self, field: Field) {
        self.remove_all(field.bit());
    }

    /// Removes all these fields, given by their bits.
    fn remove_all(&mut self, fields: u32) {
        if self.present & fields != 0 {
            let kept = std::mem::take(self);
            for (other, value) in Encoded(&kept.bytes) {
                if other.bit() & fields == 0 {
                    self.copy(other, value);
                }
            }
        }
    }

    /// Returns the value of the field.
    pub fn get(&self, field: Field) -> Option<&str> {
        if !self.has(field) {
            return None;
        }
        let (_, value) = Encoded(&self.bytes).find(|&(other, _)| other == field)?;
        str::from_utf8(value).ok()
    }

    /// Removes all values and keeps the memory.
    pub fn clear(&mut self) {
        self.present = 0;
        self.bytes.clear();
    }

    /// Replaces all fields with those of an encoded set.
    pub(crate) fn load(&mut self, encoded: &[u8]) {
        self.clear();
        self.bytes.extend_from_slice(encoded);
        for (field, _) in Encoded(encoded) {
            self.present |= field.bit();
        }
    }

    /// Returns the number of bytes that fit before the next allocation.
    pub const fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Returns the encoded form, for [`Event::decode`](crate::Event::decode).
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Returns whether the values of the field are masked JSON.
const fn holds_json(field: Field) -> bool {
    matches!(field, Field::Payload | Field::Diff)
}

/// A guard for a value during its writing. It removes the value unless it is kept, also after a panic.
struct ValueGuard<'a> {
    bytes: &'a mut Vec<u8>,
    keep: usize,
}

impl Drop for ValueGuard<'_> {
    fn drop(&mut self) {
        self.bytes.truncate(self.keep);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_stands_when_sets_are_merged() {
        let (mut inner, mut outer) = (Fields::new(), Fields::new());
        inner.put(Field::RequestId, "inner");
        outer.put(Field::RequestId, "outer");
        outer.put(Field::RouteName, "/users/{id}");
        inner.merge(&outer);
        assert_eq!(inner.get(Field::RequestId), Some("inner"));
        assert_eq!(inner.get(Field::RouteName), Some("/users/{id}"));
    }

    #[test]
    fn an_actor_without_an_id_takes_none_from_another_source() {
        let (mut inner, mut outer) = (Fields::new(), Fields::new());
        inner.put(Field::ActorType, "SYSTEM");
        outer.put(Field::ActorId, "7");
        inner.merge(&outer);
        assert_eq!(inner.get(Field::ActorId), None);
    }

    #[test]
    fn a_payload_given_as_text_is_masked_and_copied_as_it_is() {
        let mut fields = Fields::new();
        fields.put(Field::Payload, r#"{"pin":1,"a":2}"#);
        fields.write(Field::Diff, |bytes| {
            bytes.extend_from_slice(br#"{"pin":{"to":1}}"#);
        });
        let mut copy = Fields::new();
        copy.put(Field::RequestId, "r");
        copy.put(Field::Diff, "{}");
        copy.merge(&fields);
        copy.remove(Field::RequestId);
        assert_eq!(
            copy.get(Field::Payload),
            Some(r#"{"pin":"[masked]","a":2}"#)
        );
    }

    #[test]
    fn a_value_that_is_set_replaces_the_one_before() {
        let mut fields = Fields::new();
        fields.put(Field::RouteName, "/a");
        fields.put(Field::RequestId, "r");
        fields.set(Field::RouteName, "/b");
        assert_eq!(fields.get(Field::RouteName), Some("/b"));
        assert_eq!(fields.get(Field::RequestId), Some("r"));
    }
}
