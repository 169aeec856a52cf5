//! The writing of texts, and of values through their `Display`.

use std::fmt::{Arguments, Display};

use castaway::cast;

use super::bounded::{Ending, write_bounded};
use crate::field::Field;
use crate::fields::Fields;
use crate::limits::{self, TEXT_BYTES};
use crate::masking::CaptureResult;

/// Sets the field to the `Display` text of `value`, unless the field has a value.
///
/// The text is cut like in [`write_text`], and only the kept part is formatted. If the `Display` fails or panics, the field
/// is a mark in brackets.
pub fn write_display(
    fields: &mut Fields,
    field: Field,
    value: &(impl Display + ?Sized),
) -> CaptureResult {
    if write_integer(fields, field, value) {
        return CaptureResult::Written;
    }
    let mut capture = CaptureResult::Written;
    fields.write(field, |out| {
        capture = display(out, field, format_args!("{value}"));
    });
    capture
}

/// Appends the captured part of the text for this field.
fn display(out: &mut Vec<u8>, field: Field, value: Arguments<'_>) -> CaptureResult {
    let start = out.len();
    let characters = limits::of(field);
    // A character has at most four bytes.
    let bytes = characters.map_or(TEXT_BYTES, |characters| 4 * (characters + 1));
    match write_bounded(out, bytes, value) {
        Ending::Cut if characters.is_none() => out.extend_from_slice("…".as_bytes()),
        Ending::Cut | Ending::Whole => {}
        Ending::Failed => return mark(out, start, CaptureResult::Failed),
        Ending::Panicked => return mark(out, start, CaptureResult::Panicked),
    }
    if let Some(characters) = characters {
        clip(out, start, characters + 1);
    }
    CaptureResult::Written
}

/// Cuts the appended text after this many characters.
fn clip(out: &mut Vec<u8>, start: usize, characters: usize) {
    let text = &out[start..];
    if text.len() > characters
        && let Ok(text) = str::from_utf8(text)
    {
        let kept = limits::first(text, characters).len();
        out.truncate(start + kept);
    }
}

/// Sets the field to this text, unless the field has a value. [`write_display`] has the same effect, but its detour through
/// `fmt` takes three times as long as the rest.
///
/// For a column or a name, one character more is taken than a row keeps, so that the policy marks the cut. Any other text is
/// cut after 8 KiB, and ends in `…` then.
///
/// ```
/// use behavior_trace_core::{Field, Fields, limits, payload};
///
/// let mut fields = Fields::new();
/// payload::write_text(&mut fields, Field::UserAgent, &"x".repeat(100_000));
/// assert_eq!(fields.get(Field::UserAgent).map(str::len), Some(limits::USER_AGENT + 1));
/// ```
#[inline]
pub fn write_text(fields: &mut Fields, field: Field, text: &str) {
    let kept = limits::kept(field, text);
    if kept.len() < text.len() && limits::of(field).is_none() {
        fields.put(field, &format!("{kept}…"));
    } else {
        fields.put(field, kept);
    }
}

/// Replaces the text with a mark for the reason.
#[cold]
#[inline(never)]
fn mark(out: &mut Vec<u8>, start: usize, why: CaptureResult) -> CaptureResult {
    out.truncate(start);
    out.extend_from_slice(format!("[{}]", why.word()).as_bytes());
    why
}

/// Writes the value if it is an integer, and returns whether it was. Most ids are, and `fmt` takes several times as long.
fn write_integer(fields: &mut Fields, field: Field, value: &(impl Display + ?Sized)) -> bool {
    macro_rules! spell {
        ($($integer:ty)*) => {$(
            if let Ok(integer) = cast!(value, &$integer) {
                fields.put(field, itoa::Buffer::new().format(*integer));
                return true;
            }
        )*};
    }
    spell!(u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);
    false
}
