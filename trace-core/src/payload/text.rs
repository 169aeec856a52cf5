//! What a host's `Display` says, as it is.

use std::fmt::{self, Display, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

use castaway::cast;

use super::Capture;
use crate::field::Field;
use crate::fields::Fields;

/// What is taken of a `Display` at most, in bytes. The longest column has 512 characters, so 2048 bytes; a reason, a
/// name or an actor's id may be longer.
const TEXT_BYTES: usize = 8 * 1024;

/// Gives the field what `value` displays, unless it has a value.
///
/// At most 8 KiB of it, with `…` where it was cut. If the `Display` fails or panics, the field says so in brackets.
pub fn write_display(
    fields: &mut Fields,
    field: Field,
    value: &(impl Display + ?Sized),
) -> Capture {
    if write_integer(fields, field, value) {
        return Capture::Written;
    }
    let mut capture = Capture::Written;
    fields.write(field, |out| {
        let start = out.len();
        let mut bounded = Bounded {
            out,
            end: start + TEXT_BYTES,
            full: false,
        };
        let written = catch_unwind(AssertUnwindSafe(|| write!(bounded, "{value}")));
        let full = bounded.full;
        capture = match written {
            Ok(Ok(())) => return,
            Ok(Err(fmt::Error)) if full => return out.extend_from_slice("…".as_bytes()),
            Ok(Err(fmt::Error)) => Capture::Failed,
            Err(_) => Capture::Panicked,
        };
        mark(out, start, capture);
    });
    capture
}

/// Gives the field this text, unless it has a value: as [`write_display`] would, without a detour through `fmt`, which
/// takes three times as long as the rest.
#[inline]
pub(crate) fn copy_text(fields: &mut Fields, field: Field, text: &str) {
    if text.len() <= TEXT_BYTES {
        fields.put(field, text);
    } else {
        let kept = &text[..text.floor_char_boundary(TEXT_BYTES)];
        fields.put(field, &format!("{kept}…"));
    }
}

/// Says in place of the text why there is none.
#[cold]
#[inline(never)]
fn mark(out: &mut Vec<u8>, start: usize, why: Capture) {
    out.truncate(start);
    out.extend_from_slice(format!("[{}]", why.word()).as_bytes());
}

/// Whether it was an integer, as most ids are: `fmt` takes some times as long to spell one.
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

struct Bounded<'a> {
    out: &'a mut Vec<u8>,
    end: usize,
    full: bool,
}

impl Write for Bounded<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.end.saturating_sub(self.out.len());
        self.full |= text.len() > room;
        // Nothing may follow a text that was cut, were it shorter.
        let taken = if self.full {
            text.floor_char_boundary(room)
        } else {
            text.len()
        };
        self.out.extend_from_slice(&text.as_bytes()[..taken]);
        if self.full {
            self.end = 0;
            return Err(fmt::Error);
        }
        Ok(())
    }
}
