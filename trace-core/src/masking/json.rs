//! Masked JSON from a value or a text. An error, a panic and an excess each leave a mark.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::Serialize;
use serde_json::Serializer;

use super::encoded;
use super::json_formatter::JsonFormatter;
use super::json_output::AbortReason;
use super::masking_output::{MASKED, MaskingOutput};
use super::masks::Masks;
use crate::encoding::KeyHint;
use crate::limits::{PAYLOAD_BYTES, PAYLOAD_DEPTH};

/// The result of writing a value. The field has a value in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a panic is to be counted"]
#[non_exhaustive]
pub enum CaptureResult {
    /// The value was written, perhaps shortened for its length or depth.
    Written,
    /// The value's own code returned an error.
    Failed,
    /// The value's own code panicked. The caller counts it as [`Counter::Panicked`](crate::Counter::Panicked).
    Panicked,
}

impl CaptureResult {
    /// Returns the word of the mark.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Written => "written",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
        }
    }
}

/// The maximum nesting of an application's value. One level is reserved for the key `value` around it.
const VALUE_DEPTH: usize = PAYLOAD_DEPTH - 1;

/// Appends a JSON text to a buffer, masked and bounded, and returns a hint about its keys.
///
/// A text that is not JSON becomes a string, or a mark if it may hold a secret.
pub(crate) fn copy_json(out: &mut Vec<u8>, masks: &Masks, text: &str) -> KeyHint {
    let start = out.len();
    let mut output = MaskingOutput::new(out, masks, PAYLOAD_BYTES, VALUE_DEPTH);
    let copied = encoded::copy(text, &mut output).is_ok();
    let keys = output.keys();
    if let Some(reason) = output.aborted {
        mark_abort(out, start, reason);
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
        out.extend_from_slice(MASKED);
    } else {
        let _ = write_json(out, masks, &mut |serializer| {
            text.serialize(serializer).is_ok()
        });
    }
    keys
}

type MaskingSerializer<'s, 'a, 'b> =
    &'s mut Serializer<io::Sink, JsonFormatter<'a, MaskingOutput<'b>>>;

/// Appends the output of `serialize` to a buffer, masked and bounded. An error or a panic of `serialize` leaves a mark.
pub(crate) fn write_json(
    out: &mut Vec<u8>,
    masks: &Masks,
    serialize: &mut dyn FnMut(MaskingSerializer<'_, '_, '_>) -> bool,
) -> (CaptureResult, KeyHint) {
    let start = out.len();
    let mut output = MaskingOutput::new(out, masks, PAYLOAD_BYTES, VALUE_DEPTH);
    let mut serializer = Serializer::with_formatter(io::sink(), JsonFormatter::new(&mut output));
    let written = catch_unwind(AssertUnwindSafe(|| serialize(&mut serializer)));
    let (keys, aborted) = (output.keys(), output.aborted);
    let result = match (written, aborted) {
        (Ok(true), None) => return (CaptureResult::Written, keys),
        (Err(_), _) => CaptureResult::Panicked,
        // A `Serialize` may hide the error of the abort, but the reason remains.
        (Ok(_), Some(reason @ (AbortReason::Oversize | AbortReason::Bottomless))) => {
            mark_abort(out, start, reason);
            return (CaptureResult::Written, keys);
        }
        (Ok(_), _) => CaptureResult::Failed,
    };
    mark(out, start, result.word());
    (result, keys)
}

/// Replaces everything from `start` on with a mark for the reason of the abort.
pub(crate) fn mark_abort(out: &mut Vec<u8>, start: usize, reason: AbortReason) {
    match reason {
        AbortReason::Oversize => {
            out.truncate(start);
            // Writing to a `Vec` does not fail.
            let _ = write!(
                out,
                r#"{{"_oversize":{{"bytes_at_least":{PAYLOAD_BYTES}}}}}"#
            );
        }
        AbortReason::Bottomless => mark(out, start, "too deep"),
        AbortReason::Malformed => mark(out, start, "failed"),
    }
}

/// Replaces everything from `start` on with this mark.
pub(crate) fn mark(out: &mut Vec<u8>, start: usize, what: &str) {
    out.truncate(start);
    let _ = write!(out, r#"{{"_unrecorded":"{what}"}}"#);
}
