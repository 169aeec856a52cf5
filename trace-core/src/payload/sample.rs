//! The ids of a bulk change and the payload of a hand-written event: text of the application as JSON.

use std::fmt::{Debug, Display};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::bounded::{Ending, write_bounded};
use crate::encoding::KeyHint;
use crate::field::Field;
use crate::fields::Fields;
use crate::limits::{PAYLOAD_BYTES, RESOURCE_ID, first};
use crate::masking::{AbortReason, CaptureResult, Masks, copy_json, mark, mark_abort};

/// The maximum number of ids in an event.
const SAMPLE: usize = 20;

/// Sets [`Field::Ids`] to the first 20 ids, as a list of texts, unless the field has a value. Each is cut to 255 characters,
/// the last of them `…`. If the application's code panics, the list is empty.
pub(crate) fn write_ids<I>(fields: &mut Fields, ids: I) -> CaptureResult
where
    I: IntoIterator,
    I::Item: Display,
{
    let mut capture = CaptureResult::Written;
    fields.append(Field::Ids, |out| {
        let start = out.len();
        let mut list = List {
            out,
            id: Vec::new(),
        };
        list.out.push(b'[');
        let written = catch_unwind(AssertUnwindSafe(|| {
            ids.into_iter().take(SAMPLE).all(|id| list.add(&id))
        }));
        if matches!(written, Ok(true)) {
            list.out.push(b']');
        } else {
            capture = CaptureResult::Panicked;
            list.out.truncate(start);
            list.out.extend_from_slice(b"[]");
        }
    });
    capture
}

struct List<'a> {
    out: &'a mut Vec<u8>,
    /// The buffer for one id.
    id: Vec<u8>,
}

impl List<'_> {
    /// Adds an id and returns whether it could be written.
    fn add(&mut self, id: &dyn Display) -> bool {
        self.id.clear();
        match write_bounded(&mut self.id, 4 * (RESOURCE_ID + 1), format_args!("{id}")) {
            Ending::Whole | Ending::Cut => {}
            Ending::Failed | Ending::Panicked => return false,
        }
        let id = str::from_utf8(&self.id).unwrap_or_default();
        let long = id.len() > RESOURCE_ID && first(id, RESOURCE_ID).len() < id.len();
        let cut = long.then(|| [first(id, RESOURCE_ID - 1), "…"].concat());
        if !self.out.ends_with(b"[") {
            self.out.push(b',');
        }
        // A text is always valid JSON, and writing to a `Vec` does not fail.
        serde_json::to_writer(&mut *self.out, cut.as_deref().unwrap_or(id)).is_ok()
    }
}

/// Sets [`Field::Payload`] to the `Debug` text of `value`, like [`write_json_text`](super::write_json_text), unless the
/// field has a value. At most 64 KiB are formatted; a mark replaces a longer text.
pub fn write_debug(fields: &mut Fields, masks: &Masks, value: &dyn Debug) -> CaptureResult {
    let mut capture = CaptureResult::Written;
    fields.append_json(Field::Payload, |out| {
        let start = out.len();
        let mut text = Vec::new();
        match write_bounded(&mut text, PAYLOAD_BYTES, format_args!("{value:?}")) {
            Ending::Whole => {
                return copy_json(out, masks, str::from_utf8(&text).unwrap_or_default());
            }
            Ending::Cut => mark_abort(out, start, AbortReason::Oversize),
            Ending::Failed => capture = CaptureResult::Failed,
            Ending::Panicked => capture = CaptureResult::Panicked,
        }
        if capture != CaptureResult::Written {
            mark(out, start, capture.word());
        }
        KeyHint::Unknown
    });
    capture
}
