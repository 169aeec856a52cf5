//! From serde to paper: `serde_json` decides how each value is spelled, the paper where it goes.

use std::io;

use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

use super::number;

/// Takes JSON piece by piece, structure told apart from text.
pub(super) trait Paper {
    /// Part of a scalar or of a string, as it stands in JSON.
    fn text(&mut self, text: &[u8]) -> io::Result<()>;

    /// The quotation mark at either end of a string.
    fn quote(&mut self) -> io::Result<()> {
        self.text(b"\"")
    }

    /// Opens a list or an object.
    fn open(&mut self, bracket: Bracket) -> io::Result<()>;

    /// Closes what was opened last.
    fn close(&mut self, bracket: Bracket) -> io::Result<()>;

    /// Before an element of a list.
    fn element(&mut self, first: bool) -> io::Result<()>;

    /// Before a key.
    fn key(&mut self, first: bool) -> io::Result<()>;

    /// After a key, before its value.
    fn value(&mut self) -> io::Result<()>;

    /// After a value.
    fn value_ends(&mut self) -> io::Result<()>;

    /// JSON that was encoded before, not yet read.
    fn encoded(&mut self, text: &str) -> io::Result<()>;

    /// Whether what comes is thrown away, so that it need not be read.
    fn is_muted(&self) -> bool;

    /// Gives up; the error says nothing, the paper remembers why.
    fn stop(&mut self, why: Stop) -> io::Error;
}

/// The two kinds of nesting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bracket {
    List,
    Object,
}

impl Bracket {
    pub(super) const fn opening(self) -> &'static [u8] {
        match self {
            Self::List => b"[",
            Self::Object => b"{",
        }
    }

    pub(super) const fn closing(self) -> &'static [u8] {
        match self {
            Self::List => b"]",
            Self::Object => b"}",
        }
    }
}

/// Why writing was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// More bytes than allowed.
    Oversize,
    /// So deep that the stack is in danger.
    Bottomless,
    /// A `Serialize` that breaks serde's rules: a key without a value, an element outside a list.
    Malformed,
}

/// Where a `Serialize` is stopped, as in `serde_json`'s own reader: further down the stack may run out.
const BOTTOM: u32 = 128;

/// Writes what `serde_json`'s serialiser says on paper, and holds it to the grammar.
pub(super) struct Scribe<'p, P> {
    paper: &'p mut P,
    /// One bit for each open bracket, set for an object.
    objects: u128,
    depth: u32,
    keyed: bool,
}

impl<'p, P: Paper> Scribe<'p, P> {
    pub(super) const fn new(paper: &'p mut P) -> Self {
        Self {
            paper,
            objects: 0,
            depth: 0,
            keyed: false,
        }
    }

    fn open(&mut self, bracket: Bracket) -> io::Result<()> {
        if self.depth == BOTTOM {
            return Err(self.paper.stop(Stop::Bottomless));
        }
        self.depth += 1;
        self.objects = self.objects << 1 | u128::from(bracket == Bracket::Object);
        self.paper.open(bracket)
    }

    fn close(&mut self, bracket: Bracket) -> io::Result<()> {
        self.hold(!self.keyed && self.is_in(bracket))?;
        self.depth -= 1;
        self.objects >>= 1;
        self.paper.close(bracket)
    }

    const fn is_in(&self, bracket: Bracket) -> bool {
        self.depth > 0 && (self.objects & 1 == 1) == matches!(bracket, Bracket::Object)
    }

    fn hold(&mut self, grammar: bool) -> io::Result<()> {
        if grammar {
            Ok(())
        } else {
            Err(self.paper.stop(Stop::Malformed))
        }
    }

    fn scalar(
        &mut self,
        spell: impl FnOnce(&mut io::Cursor<[u8; SCALAR]>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut room = io::Cursor::new([0; SCALAR]);
        spell(&mut room)?;
        let length = usize::try_from(room.position()).unwrap_or(SCALAR);
        self.paper.text(&room.get_ref()[..length])
    }
}

/// Room for any floating point number (24 bytes) and any escape (6).
const SCALAR: usize = 32;

macro_rules! integers {
    ($($name:ident $integer:ty),*) => {$(
        fn $name<W: ?Sized + io::Write>(&mut self, _: &mut W, value: $integer) -> io::Result<()> {
            self.paper.text(itoa::Buffer::new().format(value).as_bytes())
        }
    )*};
}

macro_rules! wide_integers {
    ($($name:ident $integer:ty),*) => {$(
        fn $name<W: ?Sized + io::Write>(&mut self, _: &mut W, value: $integer) -> io::Result<()> {
            number::write(self.paper, itoa::Buffer::new().format(value))
        }
    )*};
}

macro_rules! scalars {
    ($($name:ident $scalar:ty),*) => {$(
        fn $name<W: ?Sized + io::Write>(&mut self, _: &mut W, value: $scalar) -> io::Result<()> {
            self.scalar(|room| CompactFormatter.$name(room, value))
        }
    )*};
}

impl<P: Paper> Formatter for Scribe<'_, P> {
    integers! {
        write_i8 i8, write_i16 i16, write_i32 i32, write_i64 i64,
        write_u8 u8, write_u16 u16, write_u32 u32, write_u64 u64
    }

    wide_integers! { write_i128 i128, write_u128 u128 }

    scalars! { write_f32 f32, write_f64 f64, write_char_escape CharEscape }

    fn write_bool<W: ?Sized + io::Write>(&mut self, _: &mut W, value: bool) -> io::Result<()> {
        self.paper.text(if value { b"true" } else { b"false" })
    }

    fn write_null<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.paper.text(b"null")
    }

    fn write_number_str<W: ?Sized + io::Write>(
        &mut self,
        _: &mut W,
        value: &str,
    ) -> io::Result<()> {
        number::write(self.paper, value)
    }

    fn begin_string<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.paper.quote()
    }

    fn end_string<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.paper.quote()
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        _: &mut W,
        text: &str,
    ) -> io::Result<()> {
        self.paper.text(text.as_bytes())
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.open(Bracket::List)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.close(Bracket::List)
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        _: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.hold(self.is_in(Bracket::List))?;
        self.paper.element(first)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.open(Bracket::Object)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.close(Bracket::Object)
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        _: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.hold(!self.keyed && self.is_in(Bracket::Object))?;
        self.keyed = true;
        self.paper.key(first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.hold(self.keyed)?;
        self.keyed = false;
        self.paper.value()
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.paper.value_ends()
    }

    fn write_raw_fragment<W: ?Sized + io::Write>(
        &mut self,
        _: &mut W,
        text: &str,
    ) -> io::Result<()> {
        self.paper.encoded(text)
    }
}
