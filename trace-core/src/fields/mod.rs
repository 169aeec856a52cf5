//! A set of fields in the form they travel in: encoded once, copied from then on.

mod actor;

use std::str;

use crate::encoding::{Encoded, HEAD, Keys, head};
use crate::field::Field;
use crate::masking::{Masks, copy_json};

/// What is known when nothing remains to be asked: an actor of a known type takes the rest of itself from nowhere else.
const OF_CONTEXT: u32 = Field::ActorType.bit()
    | Field::RequestId.bit()
    | Field::CorrelationId.bit()
    | Field::RouteName.bit()
    | Field::IpAddress.bit()
    | Field::UserAgent.bit();

/// Fields with their values, each at most once; the first value given stands.
///
/// That rule is the order of precedence: whoever fills in goes from the innermost source to the outermost and need not
/// ask what is there already.
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
    /// No field yet; allocates with the first.
    pub const fn new() -> Self {
        Self {
            present: 0,
            bytes: Vec::new(),
        }
    }

    /// No field yet, and room for so many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            present: 0,
            bytes: Vec::with_capacity(bytes),
        }
    }

    /// Whether the field has a value.
    pub const fn has(&self, field: Field) -> bool {
        self.present & field.bit() != 0
    }

    /// Whether nothing around the event could add to what is known of its actor and its request.
    pub const fn say_it_all(&self) -> bool {
        self.present & OF_CONTEXT == OF_CONTEXT
    }

    /// Whether there is none at all.
    pub const fn is_empty(&self) -> bool {
        self.present == 0
    }

    /// Gives the field a value, unless it has one. An empty value says nothing. A payload and a diff are read
    /// first, as [`write`](Self::write) says.
    #[inline]
    pub fn put(&mut self, field: Field, value: &str) {
        if holds_json(field) {
            self.read(field, value);
        } else {
            self.copy(field, value.as_bytes());
        }
    }

    /// Gives a field that holds JSON this text, masked. Apart from the others: they are in every event, and need none of
    /// the room on the stack that this takes.
    #[cold]
    #[inline(never)]
    fn read(&mut self, field: Field, text: &str) {
        if !self.has(field) && !text.is_empty() {
            self.append_json(field, |out| copy_json(out, &Masks::default(), text));
        }
    }

    /// What is known beforehand needs no length written afterwards.
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

    /// Gives the field the value that `write` appends, unless it has one. The bytes must be UTF-8: a value that is not
    /// is dropped when the event is decoded. If `write` panics, the field has no value.
    ///
    /// A payload and a diff are read as JSON, and the usual secrets in them are masked: no text gets in past the masks.
    /// Values are written with [`write_payload`](crate::payload::write_payload) and [`write_diff`](crate::payload::write_diff), by the policy's own list of masks
    /// and without a detour.
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

    /// As [`write`](Self::write), for what our own code wrote, masked.
    pub(crate) fn append(&mut self, field: Field, write: impl FnOnce(&mut Vec<u8>)) {
        self.append_json(field, |bytes| {
            write(bytes);
            Keys::Unknown
        });
    }

    /// As [`append`](Self::append), where `write` knows which keys it wrote. The knowledge is lost where the value is
    /// copied from set to set one by one, which is rare.
    pub(crate) fn append_json(&mut self, field: Field, write: impl FnOnce(&mut Vec<u8>) -> Keys) {
        if self.has(field) {
            return;
        }
        let start = self.bytes.len();
        let mut begun = Begun {
            bytes: &mut self.bytes,
            keep: start,
        };
        begun.bytes.extend_from_slice(&[0; HEAD]);
        let tag = write(begun.bytes).tag(field);
        let end = begun.bytes.len();
        if let Some(head) = head(tag, end.saturating_sub(start + HEAD)) {
            begun.bytes[start..start + HEAD].copy_from_slice(&head);
            begun.keep = end;
            self.present |= field.bit();
        }
    }

    /// Takes from `other` what is not there yet. An actor is one thing: its kind, id and label, and who acts in its name,
    /// come together or not at all. A label or an impersonator without a kind and an id is not taken.
    #[inline]
    pub fn merge(&mut self, other: &Self) {
        if self.present & other.present == 0 && !self.actors_meet(other) {
            self.bytes.extend_from_slice(&other.bytes);
            self.present |= other.present;
        } else {
            self.merge_each(other);
        }
    }

    /// Takes all of `newer`, in place of what was there, and gives back what it was before.
    pub fn update(&mut self, newer: Self) -> Self {
        let before = std::mem::replace(self, newer);
        for (field, value) in Encoded(&before.bytes) {
            self.copy(field, value);
        }
        before
    }

    /// Gives the field this value in place of any other.
    pub fn set(&mut self, field: Field, value: &str) {
        self.remove(field);
        self.put(field, value);
    }

    /// Takes the field out.
    pub fn remove(&mut self, field: Field) {
        self.remove_all(field.bit());
    }

    /// Takes out all of these, by their bits.
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

    /// The field's value.
    pub fn get(&self, field: Field) -> Option<&str> {
        if !self.has(field) {
            return None;
        }
        let (_, value) = Encoded(&self.bytes).find(|&(other, _)| other == field)?;
        str::from_utf8(value).ok()
    }

    /// Forgets all values and keeps the memory.
    pub fn clear(&mut self) {
        self.present = 0;
        self.bytes.clear();
    }

    /// Says what another set encoded, and nothing else.
    pub(crate) fn load(&mut self, encoded: &[u8]) {
        self.clear();
        self.bytes.extend_from_slice(encoded);
        for (field, _) in Encoded(encoded) {
            self.present |= field.bit();
        }
    }

    /// How many bytes fit before it allocates again.
    pub const fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// The encoded form, as [`Event::decode`](crate::Event::decode) reads it.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Whether its values are JSON, and masked.
const fn holds_json(field: Field) -> bool {
    matches!(field, Field::Payload | Field::Diff)
}

/// A value being written: cut off again unless it is kept, also by a panic of the code that writes it.
struct Begun<'a> {
    bytes: &'a mut Vec<u8>,
    keep: usize,
}

impl Drop for Begun<'_> {
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
