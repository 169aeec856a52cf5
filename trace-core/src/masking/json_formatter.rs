//! The connection from serde to an output. `serde_json` spells each value, and the output writes it.

use std::io;

use serde_json::ser::{CharEscape, CompactFormatter, Formatter};

use super::json_output::{AbortReason, JsonOutput, Nesting};
use super::number;

/// The depth at which a `Serialize` is aborted, as in `serde_json`'s own reader. The stack may run out further down.
const BOTTOM: u32 = 128;

/// A formatter that passes the pieces of `serde_json`'s serializer to an output and enforces the JSON grammar.
pub(crate) struct JsonFormatter<'p, P> {
    output: &'p mut P,
    /// One bit for each open bracket, set for an object.
    objects: u128,
    depth: u32,
    keyed: bool,
}

impl<'p, P: JsonOutput> JsonFormatter<'p, P> {
    pub(crate) const fn new(output: &'p mut P) -> Self {
        Self {
            output,
            objects: 0,
            depth: 0,
            keyed: false,
        }
    }

    fn open(&mut self, nesting: Nesting) -> io::Result<()> {
        if self.depth == BOTTOM {
            return Err(self.output.abort(AbortReason::Bottomless));
        }
        self.depth += 1;
        self.objects = self.objects << 1 | u128::from(nesting == Nesting::Object);
        self.output.open(nesting)
    }

    fn close(&mut self, nesting: Nesting) -> io::Result<()> {
        self.hold(!self.keyed && self.is_in(nesting))?;
        self.depth -= 1;
        self.objects >>= 1;
        self.output.close(nesting)
    }

    const fn is_in(&self, nesting: Nesting) -> bool {
        self.depth > 0 && (self.objects & 1 == 1) == matches!(nesting, Nesting::Object)
    }

    fn hold(&mut self, grammar: bool) -> io::Result<()> {
        if grammar {
            Ok(())
        } else {
            Err(self.output.abort(AbortReason::Malformed))
        }
    }

    fn scalar(
        &mut self,
        spell: impl FnOnce(&mut io::Cursor<[u8; SCALAR]>) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut room = io::Cursor::new([0; SCALAR]);
        spell(&mut room)?;
        let length = usize::try_from(room.position()).unwrap_or(SCALAR);
        self.output.text(&room.get_ref()[..length])
    }
}

/// The buffer size for any floating point number (24 bytes) and any escape (6).
const SCALAR: usize = 32;

macro_rules! integers {
    ($($name:ident $integer:ty),*) => {$(
        fn $name<W: ?Sized + io::Write>(&mut self, _: &mut W, value: $integer) -> io::Result<()> {
            self.output.text(itoa::Buffer::new().format(value).as_bytes())
        }
    )*};
}

macro_rules! wide_integers {
    ($($name:ident $integer:ty),*) => {$(
        fn $name<W: ?Sized + io::Write>(&mut self, _: &mut W, value: $integer) -> io::Result<()> {
            number::write(self.output, itoa::Buffer::new().format(value))
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

impl<P: JsonOutput> Formatter for JsonFormatter<'_, P> {
    integers! {
        write_i8 i8, write_i16 i16, write_i32 i32, write_i64 i64,
        write_u8 u8, write_u16 u16, write_u32 u32, write_u64 u64
    }

    wide_integers! { write_i128 i128, write_u128 u128 }

    scalars! { write_f32 f32, write_f64 f64, write_char_escape CharEscape }

    fn write_bool<W: ?Sized + io::Write>(&mut self, _: &mut W, value: bool) -> io::Result<()> {
        self.output.text(if value { b"true" } else { b"false" })
    }

    fn write_null<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.output.text(b"null")
    }

    fn write_number_str<W: ?Sized + io::Write>(
        &mut self,
        _: &mut W,
        value: &str,
    ) -> io::Result<()> {
        number::write(self.output, value)
    }

    fn begin_string<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.output.quote()
    }

    fn end_string<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.output.quote()
    }

    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        _: &mut W,
        text: &str,
    ) -> io::Result<()> {
        self.output.text(text.as_bytes())
    }

    fn begin_array<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.open(Nesting::List)
    }

    fn end_array<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.close(Nesting::List)
    }

    fn begin_array_value<W: ?Sized + io::Write>(
        &mut self,
        _: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.hold(self.is_in(Nesting::List))?;
        self.output.element(first)
    }

    fn begin_object<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.open(Nesting::Object)
    }

    fn end_object<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.close(Nesting::Object)
    }

    fn begin_object_key<W: ?Sized + io::Write>(
        &mut self,
        _: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.hold(!self.keyed && self.is_in(Nesting::Object))?;
        self.keyed = true;
        self.output.key(first)
    }

    fn begin_object_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.hold(self.keyed)?;
        self.keyed = false;
        self.output.value()
    }

    fn end_object_value<W: ?Sized + io::Write>(&mut self, _: &mut W) -> io::Result<()> {
        self.output.value_ends()
    }

    fn write_raw_fragment<W: ?Sized + io::Write>(
        &mut self,
        _: &mut W,
        text: &str,
    ) -> io::Result<()> {
        self.output.encoded(text)
    }
}
