//! JSON that arrives as text. It is parsed and written anew, never copied verbatim.

use std::io;

use serde::Deserializer as _;
use serde::Serialize as _;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Deserializer, Serializer};

use super::json_formatter::JsonFormatter;
use super::json_output::{AbortReason, JsonOutput, Nesting};
use super::number;
use crate::limits::PAYLOAD_DEPTH;

/// The maximum length of a JSON text, in bytes. Nested text is scanned once for each level above it, on the caller's thread.
const READ_LIMIT: usize = 256 * 1024;

/// Reads a JSON text and writes it to an output, so that it is masked and bounded like a serialized value.
///
/// Numbers keep their spelling.
pub(crate) fn copy(text: &str, output: &mut impl JsonOutput) -> io::Result<()> {
    if text.len() > READ_LIMIT {
        return Err(output.abort(AbortReason::Oversize));
    }
    let whole: &RawValue = serde_json::from_str(text)?;
    copy_value(whole.get(), output, 0)
}

fn copy_value<P: JsonOutput>(text: &str, output: &mut P, depth: usize) -> io::Result<()> {
    match text.as_bytes() {
        // It is deeper than any output shows, and is read only for comparisons.
        text if depth == PAYLOAD_DEPTH => output.text(text),
        [b'{', ..] => {
            output.open(Nesting::Object)?;
            if !output.is_muted() {
                Deserializer::from_str(text).deserialize_map(Inside(&mut *output, depth + 1))?;
            }
            output.close(Nesting::Object)
        }
        [b'[', ..] => {
            output.open(Nesting::List)?;
            if !output.is_muted() {
                Deserializer::from_str(text).deserialize_seq(Inside(&mut *output, depth + 1))?;
            }
            output.close(Nesting::List)
        }
        [b'"', rest @ ..] if rest.contains(&b'\\') => {
            spell(&serde_json::from_str::<String>(text)?, output)
        }
        // `serde_json` would spell a string without escapes alike.
        [b'"', text @ .., b'"'] => {
            output.quote()?;
            output.text(text)?;
            output.quote()
        }
        [b'-' | b'0'..=b'9', ..] => number::write(output, text),
        text => output.text(text),
    }
}

fn spell(text: &str, output: &mut impl JsonOutput) -> io::Result<()> {
    text.serialize(&mut Serializer::with_formatter(
        io::sink(),
        JsonFormatter::new(output),
    ))?;
    Ok(())
}

/// The inside of a list or an object, and its depth.
struct Inside<'p, P>(&'p mut P, usize);

impl<'de, P: JsonOutput> Visitor<'de> for Inside<'_, P> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let mut first = true;
        while let Some(element) = list.next_element::<&RawValue>()? {
            self.0.element(first).map_err(A::Error::custom)?;
            copy_value(element.get(), self.0, self.1).map_err(A::Error::custom)?;
            first = false;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut first = true;
        while object.next_key_seed(Key(&mut *self.0, first))?.is_some() {
            let value = object.next_value::<&RawValue>()?;
            self.0.value().map_err(A::Error::custom)?;
            copy_value(value.get(), self.0, self.1).map_err(A::Error::custom)?;
            self.0.value_ends().map_err(A::Error::custom)?;
            first = false;
        }
        Ok(())
    }
}

struct Key<'p, P>(&'p mut P, bool);

impl<'de, P: JsonOutput> DeserializeSeed<'de> for Key<'_, P> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, key: D) -> Result<(), D::Error> {
        key.deserialize_str(self)
    }
}

impl<P: JsonOutput> Visitor<'_> for Key<'_, P> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<(), E> {
        self.0.key(self.1).map_err(E::custom)?;
        spell(key, self.0).map_err(E::custom)
    }
}
