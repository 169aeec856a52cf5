//! The application's values, written into an event's fields: masked, bounded, and never the application's problem.
//!
//! A value's own code (`Serialize`, `Display`) runs inside the application's function. Whatever it does, an error, a panic, a text without end, ends in a mark in the event and in a [`CaptureResult`] to be counted.
//!
//! | what happened | what is written |
//! |---|---|
//! | a key means a secret | `"[masked]"` in place of its value |
//! | a string is a secret, or has one in it | `[masked]` in place of that part |
//! | a list or object lies too deep | `"[too deep]"` in its place |
//! | pre-encoded JSON (`RawValue`) that is none | `"[not JSON]"` in its place |
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

/// Gives [`Field::Payload`] a value as JSON, masked as it is written, unless it has one.
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

/// Gives [`Field::Payload`] a value that comes as JSON text, masked, unless it has one.
///
/// A text that is no JSON is kept as a string, unless it begins like an object or a list (it may be one cut off in the
/// middle of a secret) or has a secret's name in it; then a mark says so. An empty text says nothing.
pub fn write_json_text(fields: &mut Fields, masks: &Masks, text: &str) {
    if !text.is_empty() {
        fields.append_json(Field::Payload, |out| copy_json(out, masks, text));
    }
}

/// Appends a JSON text to a buffer, masked and bounded as [`write_json_text`] says.
pub fn rewrite(out: &mut Vec<u8>, masks: &Masks, text: &str) {
    copy_json(out, masks, text);
}

#[cfg(test)]
#[path = "../../tests/payload/mod.rs"]
mod tests;
