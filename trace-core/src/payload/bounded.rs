//! Bounded formatting of the application's text. Only the kept part is formatted.

use std::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The way in which writing a text ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The whole text was written.
    Whole,
    /// The text was cut.
    Cut,
    /// The application's code returned an error.
    Failed,
    /// The application's code panicked.
    Panicked,
}

/// Appends at most `bytes` bytes of the formatted text, cut between two characters.
pub(super) fn write_bounded(out: &mut Vec<u8>, bytes: usize, text: fmt::Arguments<'_>) -> Ending {
    let end = out.len() + bytes;
    let mut bounded = Bounded {
        out,
        end,
        full: false,
    };
    let written = catch_unwind(AssertUnwindSafe(|| bounded.write_fmt(text)));
    match written {
        Err(_) => Ending::Panicked,
        // The application's code may hide the error that stopped it.
        Ok(_) if bounded.full => Ending::Cut,
        Ok(Ok(())) => Ending::Whole,
        Ok(Err(fmt::Error)) => Ending::Failed,
    }
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
        // No later text may follow the cut, even a shorter one that would fit.
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
