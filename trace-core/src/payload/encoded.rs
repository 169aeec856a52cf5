//! JSON that comes as text: read, never let through as it is.

use std::io;

use serde::Deserializer as _;
use serde::Serialize as _;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Deserializer, Serializer};

use super::number;
use super::scribe::{Bracket, Paper, Scribe, Stop};
use crate::limits::PAYLOAD_DEPTH;

/// What is read at most, in bytes. Nested text is scanned once for each level it lies at, on the caller's thread.
const READ_LIMIT: usize = 256 * 1024;

/// Reads a JSON text and writes it on paper, so that it is masked and bounded as if it came from its values. Numbers
/// keep their spelling.
pub(super) fn copy(text: &str, paper: &mut impl Paper) -> io::Result<()> {
    if text.len() > READ_LIMIT {
        return Err(paper.stop(Stop::Oversize));
    }
    let whole: &RawValue = serde_json::from_str(text)?;
    copy_value(whole.get(), paper, 0)
}

fn copy_value<P: Paper>(text: &str, paper: &mut P, depth: usize) -> io::Result<()> {
    match text.as_bytes() {
        // Deeper than any paper shows, and so never looked at again but to be compared.
        text if depth == PAYLOAD_DEPTH => paper.text(text),
        [b'{', ..] => {
            paper.open(Bracket::Object)?;
            if !paper.is_muted() {
                Deserializer::from_str(text).deserialize_map(Inside(&mut *paper, depth + 1))?;
            }
            paper.close(Bracket::Object)
        }
        [b'[', ..] => {
            paper.open(Bracket::List)?;
            if !paper.is_muted() {
                Deserializer::from_str(text).deserialize_seq(Inside(&mut *paper, depth + 1))?;
            }
            paper.close(Bracket::List)
        }
        [b'"', rest @ ..] if rest.contains(&b'\\') => {
            spell(&serde_json::from_str::<String>(text)?, paper)
        }
        // A string without escapes is spelled as it would be here.
        [b'"', text @ .., b'"'] => {
            paper.quote()?;
            paper.text(text)?;
            paper.quote()
        }
        [b'-' | b'0'..=b'9', ..] => number::write(paper, text),
        text => paper.text(text),
    }
}

fn spell(text: &str, paper: &mut impl Paper) -> io::Result<()> {
    text.serialize(&mut Serializer::with_formatter(
        io::sink(),
        Scribe::new(paper),
    ))?;
    Ok(())
}

/// The inside of a list or an object, and how deep it lies.
struct Inside<'p, P>(&'p mut P, usize);

impl<'de, P: Paper> Visitor<'de> for Inside<'_, P> {
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

impl<'de, P: Paper> DeserializeSeed<'de> for Key<'_, P> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, key: D) -> Result<(), D::Error> {
        key.deserialize_str(self)
    }
}

impl<P: Paper> Visitor<'_> for Key<'_, P> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<(), E> {
        self.0.key(self.1).map_err(E::custom)?;
        spell(key, self.0).map_err(E::custom)
    }
}
