//! Bounded text of the application's code: no more of it is formatted than is kept.

use std::fmt::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The end of writing a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// All of it is there.
    Whole,
    /// There was more.
    Cut,
    /// The application's code returned an error.
    Failed,
    /// The application's code panicked.
    Panicked,
}

/// Appends at most so many bytes of what `text` formats, cut between two characters.
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
        // Also where the application's code hides the error it was stopped with.
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
