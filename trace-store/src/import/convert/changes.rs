//! Changes of a model as spatie's package writes them: the new values under `attributes`, the old ones under `old`.

use std::collections::BTreeMap;

use behavior_trace_core::columns::is_within;
use behavior_trace_core::limits::PAYLOAD_DEPTH;
use behavior_trace_core::payload::{Changed, write_diff};
use behavior_trace_core::{Event, Fields, Masks, Timestamp};
use serde_json::value::RawValue;

use super::payload::{is_empty_list, note_masked};
use crate::import::note::Reasons;
use crate::import::reason::ImportReason;

/// The mark of a value that is nested too deep.
const TOO_DEEP: &str = "[too deep]";

/// The keys of an object, with the texts of their values.
pub(super) type Object<'a> = BTreeMap<String, &'a RawValue>;

/// Returns the object that a text holds. PHP writes an empty one as `[]`.
pub(super) fn object(text: &str) -> Option<Object<'_>> {
    if is_empty_list(text.trim()) {
        return Some(Object::new());
    }
    serde_json::from_str(text).ok()
}

/// Takes the changes out of an object.
pub(super) fn take<'a>(object: &mut Object<'a>) -> (Option<&'a RawValue>, Option<&'a RawValue>) {
    let mut side = |key| {
        let value = object.remove(key)?;
        // Nothing has changed in an empty list, and `null` is no object either.
        (value.get().starts_with('{')).then_some(value)
    };
    (side("old"), side("attributes"))
}

/// Returns the diff, or `None` if both sides are equal.
pub(super) fn diff(
    (old, new): (Option<&RawValue>, Option<&RawValue>),
    masks: &Masks,
    reasons: &mut Reasons,
) -> Option<String> {
    let mut fields = Fields::new();
    if write_diff(&mut fields, masks, &old, &new, &[]) == Changed::No {
        return None;
    }
    let event = Event::decode(Timestamp::default(), fields.as_bytes());
    let text = event.diff?.as_str().to_owned();
    if text.starts_with(r#"{"_oversize""#) {
        reasons.add(ImportReason::DiffTooLarge);
    }
    let side = |side: Option<&RawValue>| side.map_or(String::new(), |side| side.get().to_owned());
    let before = side(old) + &side(new);
    note_masked(&before, &text, reasons);
    // Also what is marked later, when the diff is put into the payload.
    let is_marked = text.contains(TOO_DEEP) && !before.contains(TOO_DEEP);
    if is_marked || !is_within(&text, PAYLOAD_DEPTH - 1) {
        reasons.add(ImportReason::PayloadTooDeep);
    }
    Some(text)
}
