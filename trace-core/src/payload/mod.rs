//! What a host's values say, written into an event's fields: masked, bounded, and never the host's problem.
//!
//! A value's own code (`Serialize`, `Display`) runs on the host's behalf inside the host's function. Whatever it does,
//! an error, a panic, a text without end, ends in a mark in the event and in a [`Capture`] to be counted.
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
mod encoded;
mod equality;
mod mask;
mod masked;
mod number;
mod same;
mod sample;
mod scribe;
mod side;
mod text;
mod values;

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Serialize;
use serde_json::Serializer;

pub use self::diff::{Changed, write_diff};
pub use self::equality::{ByEquality, by_content, by_equality};
pub use self::mask::Masks;
pub use self::sample::write_debug;
pub(crate) use self::sample::write_ids;
pub use self::text::{write_display, write_text};

use self::masked::Masked;
use self::scribe::{Scribe, Stop};
use crate::encoding::Keys;
use crate::field::Field;
use crate::fields::Fields;
use crate::limits::{PAYLOAD_BYTES, PAYLOAD_DEPTH};

/// How writing a value went. The field has a value in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a panic is to be counted"]
#[non_exhaustive]
pub enum Capture {
    /// As it should, a shortening for length or depth included.
    Written,
    /// The value's own code returned an error.
    Failed,
    /// The value's own code panicked; to be counted as [`Counter::Panicked`](crate::Counter::Panicked).
    Panicked,
}

impl Capture {
    const fn word(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
        }
    }
}

/// How deep a user's value may nest: one level is kept for the key `value` it may go under.
const VALUE_DEPTH: usize = PAYLOAD_DEPTH - 1;

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
) -> Capture {
    let mut capture = Capture::Written;
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
    write_json_field(fields, Field::Payload, masks, text);
}

/// As [`write_json_text`], for any field that holds JSON.
pub(crate) fn write_json_field(fields: &mut Fields, field: Field, masks: &Masks, text: &str) {
    if !text.is_empty() {
        fields.append_json(field, |out| copy(out, masks, text));
    }
}

/// Appends a JSON text to a buffer, masked and bounded as [`write_json_text`] says.
pub fn rewrite(out: &mut Vec<u8>, masks: &Masks, text: &str) {
    copy(out, masks, text);
}

/// As [`rewrite`]; says what is known of the keys.
fn copy(out: &mut Vec<u8>, masks: &Masks, text: &str) -> Keys {
    let start = out.len();
    let mut paper = Masked::new(out, masks, PAYLOAD_BYTES, VALUE_DEPTH);
    let copied = encoded::copy(text, &mut paper).is_ok();
    let keys = paper.keys();
    if let Some(stop) = paper.stopped {
        mark_stop(out, start, stop);
        return keys;
    }
    if copied {
        return keys;
    }
    out.truncate(start);
    let text = text.trim();
    if text.starts_with(['{', '[']) {
        out.extend_from_slice(br#"{"_unrecorded":"not JSON"}"#);
    } else if masks.covers_text(text) {
        out.extend_from_slice(masked::MASKED);
    } else {
        let _ = write_json(out, masks, &mut |serializer| {
            text.serialize(serializer).is_ok()
        });
    }
    keys
}

type Pen<'s, 'a, 'b> = &'s mut Serializer<io::Sink, Scribe<'a, Masked<'b>>>;

fn write_json(
    out: &mut Vec<u8>,
    masks: &Masks,
    serialize: &mut dyn FnMut(Pen<'_, '_, '_>) -> bool,
) -> (Capture, Keys) {
    let start = out.len();
    let mut paper = Masked::new(out, masks, PAYLOAD_BYTES, VALUE_DEPTH);
    let mut serializer = Serializer::with_formatter(io::sink(), Scribe::new(&mut paper));
    let written = catch_unwind(AssertUnwindSafe(|| serialize(&mut serializer)));
    let (keys, stopped) = (paper.keys(), paper.stopped);
    let what = match (written, stopped) {
        (Ok(true), None) => return (Capture::Written, keys),
        (Err(_), _) => Capture::Panicked,
        // A `Serialize` that hides the error it was stopped with does not hide the stop.
        (Ok(_), Some(stop @ (Stop::Oversize | Stop::Bottomless))) => {
            mark_stop(out, start, stop);
            return (Capture::Written, keys);
        }
        (Ok(_), _) => Capture::Failed,
    };
    mark(out, start, what.word());
    (what, keys)
}

fn mark_stop(out: &mut Vec<u8>, start: usize, stop: Stop) {
    match stop {
        Stop::Oversize => {
            out.truncate(start);
            // Writing to a `Vec` does not fail.
            let _ = write!(
                out,
                r#"{{"_oversize":{{"bytes_at_least":{PAYLOAD_BYTES}}}}}"#
            );
        }
        Stop::Bottomless => mark(out, start, "too deep"),
        Stop::Malformed => mark(out, start, "failed"),
    }
}

fn mark(out: &mut Vec<u8>, start: usize, what: &str) {
    out.truncate(start);
    let _ = write!(out, r#"{{"_unrecorded":"{what}"}}"#);
}

#[cfg(test)]
mod tests;
