//! Payloads that every server's JSON holds.

use std::borrow::Cow;

use behavior_trace_core::columns::{JsonShape, is_within, reserved, shape};
use behavior_trace_core::limits::{PAYLOAD_BYTES, PAYLOAD_DEPTH};
use behavior_trace_core::{Masks, payload};

use crate::import::note::Reasons;
use crate::import::old_row::JsonColumn;
use crate::import::reason::ImportReason;

/// Maximum nesting of a value under a key of the payload.
pub(super) const VALUE_DEPTH: usize = PAYLOAD_DEPTH - 2;
/// The mark of a masked value.
const MASKED: &str = "[masked]";

/// Returns the payload of an old row as JSON; `None` for an empty one.
pub(super) fn of_column(
    column: &JsonColumn,
    masks: &Masks,
    reasons: &mut Reasons,
) -> Option<String> {
    let Some(bytes) = column.bytes else {
        reasons.add(ImportReason::PayloadNull);
        return None;
    };
    let Some(text) = &column.text else {
        return Some(oversize(bytes, reasons));
    };
    let text = text.trim();
    let text = match shape(text, reserved) {
        None => Cow::Owned(as_text(text, ImportReason::PayloadNotJson, reasons)),
        Some(JsonShape::Other) if is_empty_list(text) => {
            reasons.add(ImportReason::PayloadEmptyList);
            return None;
        }
        Some(_) if !is_within(text, VALUE_DEPTH) => {
            Cow::Owned(as_text(text, ImportReason::PayloadTooDeep, reasons))
        }
        Some(JsonShape::Object(0)) => Cow::Borrowed(text),
        Some(JsonShape::Object(_)) => {
            reasons.add(ImportReason::PayloadReservedKey);
            Cow::Owned(format!(r#"{{"value":{text}}}"#))
        }
        Some(JsonShape::Other) => {
            reasons.add(ImportReason::PayloadUnderValue);
            Cow::Borrowed(text)
        }
    };
    Some(written(&text, masks, reasons))
}

/// Writes JSON as the recorder writes it: masked, compact, and with numbers that every server holds.
pub(super) fn written(text: &str, masks: &Masks, reasons: &mut Reasons) -> String {
    let mut out = Vec::with_capacity(text.len());
    payload::rewrite(&mut out, masks, text);
    let out = String::from_utf8(out).unwrap_or_default();
    if out.starts_with(r#"{"_oversize""#) && !text.contains("_oversize")
        || out.len() > PAYLOAD_BYTES
    {
        return oversize(text.len() as u64, reasons);
    }
    note_masked(text, &out, reasons);
    if has_odd_number(text) && !is_same(text, &out) && !reasons.has(ImportReason::Masked) {
        reasons.add(ImportReason::NumberAsText);
    }
    out
}

/// Notes whether a value was masked on the way.
pub(super) fn note_masked(before: &str, after: &str, reasons: &mut Reasons) {
    if after.contains(MASKED) && after.matches(MASKED).count() > before.matches(MASKED).count() {
        reasons.add(ImportReason::Masked);
    }
}

/// Returns a value under a key: the same, or its text if it is nested too deep.
pub(super) fn value<'a>(text: &'a str, reasons: &mut Reasons) -> Cow<'a, str> {
    if shape(text, |_| 0).is_none() {
        Cow::Owned(as_text(text, ImportReason::PayloadNotJson, reasons))
    } else if is_within(text, VALUE_DEPTH) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(as_text(text, ImportReason::PayloadTooDeep, reasons))
    }
}

/// Returns the mark of a payload that is too large.
pub(super) fn oversize(bytes: u64, reasons: &mut Reasons) -> String {
    reasons.add(ImportReason::PayloadTooLarge);
    format!(r#"{{"_oversize":{{"bytes":{bytes}}}}}"#)
}

/// Returns the text as a JSON string.
fn as_text(text: &str, reason: ImportReason, reasons: &mut Reasons) -> String {
    reasons.add(reason);
    quoted(text)
}

pub(super) fn quoted(text: &str) -> String {
    // A text always serializes.
    serde_json::to_string(text).unwrap_or_default()
}

/// Returns whether a text is `[]`, with any blanks.
pub(super) fn is_empty_list(text: &str) -> bool {
    let inside = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    inside.is_some_and(|inside| inside.trim().is_empty())
}

/// Returns whether a text has a number with a fraction, an exponent or many digits. Other numbers are never changed.
fn has_odd_number(text: &str) -> bool {
    const DIGITS: usize = 18;
    let bytes = text.as_bytes();
    let is_odd = |pair: &[u8]| pair[0].is_ascii_digit() && matches!(pair[1], b'e' | b'E' | b'.');
    bytes.windows(2).any(is_odd)
        || bytes
            .split(|byte| !byte.is_ascii_digit())
            .any(|run| run.len() > DIGITS)
}

fn is_same(before: &str, after: &str) -> bool {
    let value = |text| serde_json::from_str::<serde_json::Value>(text).ok();
    value(before) == value(after)
}
