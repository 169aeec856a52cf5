//! Writing of the application's values into an event's fields: masked, bounded, and without any failure for the application.
//!
//! A value's own code (`Serialize`, `Display`) runs inside the application's function. An error, a panic and an endless text
//! each end in a mark in the event and in a [`CaptureResult`] to be counted.
//!
//! | cause | written text |
//! |---|---|
//! | a key means a secret | `"[masked]"` in place of its value |
//! | a string is or contains a secret | `[masked]` in place of that part |
//! | a list or object is too deep | `"[too deep]"` in its place |
//! | pre-encoded JSON (`RawValue`) is invalid | `"[not JSON]"` in its place |
//! | more than 64 KiB | `{"_oversize":{"bytes_at_least":65536}}` in place of all |
//! | the `Serialize` failed or panicked | `{"_unrecorded":"failed"}` or `{"_unrecorded":"panicked"}` in place of all |

mod bounded;
mod diff;
mod equality;
mod sample;
mod text;

use serde::Serialize;

pub use self::diff::{Changed, write_diff};
pub use self::equality::{ByEquality, by_content, by_equality};
pub use self::sample::write_debug;
pub(crate) use self::sample::write_ids;
pub use self::text::{write_display, write_text};

use crate::field::Field;
use crate::fields::Fields;
pub use crate::masking::{CaptureResult, Masks};
use crate::masking::{copy_json, write_json};

/// Sets [`Field::Payload`] to a value as masked JSON, unless the field has a value.
///
/// ```
/// use behavior_trace_core::{Field, Fields, Masks, payload};
///
/// let mut fields = Fields::new();
/// let login = std::collections::BTreeMap::from([("name", "ada"), ("password", "hunter2")]);
/// let _ = payload::write_payload(&mut fields, &Masks::default(), &login);
/// assert_eq!(fields.get(Field::Payload), Some(r#"{"name":"ada","password":"[masked]"}"#));
/// ```
pub fn write_payload<T: Serialize + ?Sized>(
    fields: &mut Fields,
    masks: &Masks,
    value: &T,
) -> CaptureResult {
    let mut capture = CaptureResult::Written;
    fields.append_json(Field::Payload, |out| {
        let keys;
        (capture, keys) = write_json(out, masks, &mut |serializer| {
            value.serialize(serializer).is_ok()
        });
        keys
    });
    capture
}

/// Sets [`Field::Payload`] to a JSON text, masked, unless the field has a value.
///
/// A text that is not JSON is kept as a string. A mark replaces it if it contains a secret's name, or begins like an object
/// or a list: such a text may be cut off in the middle of a secret. An empty text is ignored.
pub fn write_json_text(fields: &mut Fields, masks: &Masks, text: &str) {
    if !text.is_empty() {
        fields.append_json(Field::Payload, |out| copy_json(out, masks, text));
    }
}

/// Appends a JSON text to a buffer, masked and bounded like [`write_json_text`].
pub fn rewrite(out: &mut Vec<u8>, masks: &Masks, text: &str) {
    copy_json(out, masks, text);
}

#[cfg(test)]
#[path = "../../tests/payload/mod.rs"]
mod tests;
