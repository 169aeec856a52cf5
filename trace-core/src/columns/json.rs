//! Check of JSON text before it is stored: its grammar, and the limits of every supported server.

use std::fmt;

use serde_json::Deserializer;
use serde_json::de::StrRead;

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};

/// Outermost JSON value of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonShape {
    /// An object, with the combined bits of its top-level keys.
    Object(u8),
    /// A list or a scalar.
    Other,
}

/// Returns the outermost value of a text that is JSON within these limits and that no server refuses.
///
/// `asked` maps each top-level key to its bits. `None` may be a false alarm: the caller then rewrites the text value by
/// value, which costs more and decides.
pub(super) fn inspect(
    text: &str,
    bytes: usize,
    depth: usize,
    asked: fn(&str) -> u8,
) -> Option<JsonShape> {
    if text.len() > bytes || has_odd_spelling(text) || !is_within(text, depth) {
        return None;
    }
    shape(text, asked)
}

/// Returns the outermost value of a text that is JSON by its grammar.
pub fn shape(text: &str, asked: fn(&str) -> u8) -> Option<JsonShape> {
    let mut json = Deserializer::from_str(text);
    let shape = if text.trim_start().starts_with('{') {
        json.deserialize_map(KeyVisitor(asked))
            .map(JsonShape::Object)
    } else {
        skip(&mut json).map(|IgnoredAny| JsonShape::Other)
    };
    json.end().ok().and(shape.ok())
}

fn skip(json: &mut Deserializer<StrRead<'_>>) -> serde_json::Result<IgnoredAny> {
    serde::Deserialize::deserialize(json)
}

/// Returns whether the text has something that the grammar allows, but a server may refuse or change. That is half of a
/// surrogate pair, which MariaDB refuses (4025), or a number beyond a double, which MySQL refuses (3140). A number with a
/// fraction, or with more than 18 digits, may come back as another one.
fn has_odd_spelling(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_exponent =
        |pair: &[u8]| pair[0].is_ascii_digit() && matches!(pair[1], b'e' | b'E' | b'.');
    // Without an early exit, the compiler vectorizes the loop.
    let has_exponent = bytes
        .windows(2)
        .fold(false, |odd, pair| odd | is_exponent(pair));
    has_exponent
        || has_wide_number(bytes)
        || text.contains('\\') && (text.contains("\\ud") || text.contains("\\uD"))
}

/// Returns whether the text has a run of more digits than every 64-bit integer can hold.
fn has_wide_number(bytes: &[u8]) -> bool {
    const DIGITS: usize = 18;
    // A run of more than `DIGITS` digits contains a full, aligned block of this length.
    const RUN: usize = DIGITS / 2;
    let is_digits = |run: &[u8]| run.iter().all(u8::is_ascii_digit);
    bytes.chunks_exact(RUN).any(is_digits)
        && bytes
            .split(|byte| !byte.is_ascii_digit())
            .any(|run| run.len() > DIGITS)
}

/// Returns whether brackets outside strings nest at most this deep.
pub fn is_within(text: &str, depth: usize) -> bool {
    let is_opening = |byte: &&u8| matches!(byte, b'[' | b'{');
    if text.as_bytes().iter().filter(is_opening).count() <= depth {
        return true;
    }
    let (mut open, mut in_string, mut escaped) = (0_usize, false, false);
    for &byte in text.as_bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => open += 1,
            b']' | b'}' if !in_string => open = open.saturating_sub(1),
            _ => {}
        }
        if open > depth {
            return false;
        }
    }
    true
}

/// Visitor that reads an object's keys and skips their values.
struct KeyVisitor(fn(&str) -> u8);

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = u8;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<u8, A::Error> {
        let mut bits = 0;
        while let Some(bit) = object.next_key_seed(KeyName(self.0))? {
            bits |= bit;
            object.next_value::<IgnoredAny>()?;
        }
        Ok(bits)
    }
}

struct KeyName(fn(&str) -> u8);

impl<'de> DeserializeSeed<'de> for KeyName {
    type Value = u8;

    fn deserialize<D: serde::Deserializer<'de>>(self, key: D) -> Result<u8, D::Error> {
        key.deserialize_str(self)
    }
}

impl Visitor<'_> for KeyName {
    type Value = u8;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<u8, E> {
        Ok((self.0)(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(text: &str) -> Option<JsonShape> {
        inspect(text, 1000, 3, |key| u8::from(key == "diff"))
    }

    #[test]
    fn an_object_is_told_from_anything_else() {
        assert_eq!(look("{}"), Some(JsonShape::Object(0)));
        assert_eq!(
            look(r#" {"a":{"diff":1},"d\u0069ff":2} "#),
            Some(JsonShape::Object(1))
        );
        for other in ["[1]", "\"a\"", "15", "null", " true "] {
            assert_eq!(look(other), Some(JsonShape::Other), "{other}");
        }
    }

    #[test]
    fn what_is_no_json_or_what_a_server_refuses_is_seen() {
        for refused in [
            "",
            "{",
            "{}x",
            "{'a':1}",
            "nul",
            r#"{"a":1,}"#,
            "1e999",
            "-1E999",
            "1.10",
            "[1234567890123456789]",
            r#"["\ud800"]"#,
            r#"{"\uDC00":1}"#,
            "\"\u{1}\"",
            "[[[[1]]]]",
            r#"{"a":[{"b":[]}]}"#,
        ] {
            assert_eq!(look(refused), None, "{refused}");
        }
        assert_eq!(look(&"9".repeat(400)), None);
        assert_eq!(look(&format!("\"{}\"", "a".repeat(1000))), None);
        assert_eq!(look(&"[".repeat(900)), None);
    }

    #[test]
    fn brackets_in_strings_are_no_nesting() {
        assert_eq!(look(r#"["[[[[","\"[[[["]"#), Some(JsonShape::Other));
    }
}
