//! The equality of two JSON texts, with keys in any order.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::limits::PAYLOAD_DEPTH;

/// Returns whether two texts are equal. Lists must have the same elements in the same order, objects the same members in any
/// order, and scalars the same spelling.
///
/// Deeper than a payload may nest, the spelling is compared, since each level is scanned once more. Only lists and objects
/// with different spellings get here: a `HashMap` inside a list has no fixed order.
pub(super) fn json_eq(left: &str, right: &str) -> bool {
    eq_at(left, right, PAYLOAD_DEPTH)
}

fn eq_at(left: &str, right: &str, depth: usize) -> bool {
    if left == right {
        return true;
    }
    let same = |left: &&RawValue, right: &&RawValue| eq_at(left.get(), right.get(), depth - 1);
    match (left.as_bytes(), right.as_bytes()) {
        _ if depth == 0 => false,
        ([b'[', ..], [b'[', ..]) => {
            let (left, right): (Option<Vec<&RawValue>>, Option<Vec<&RawValue>>) =
                (read(left), read(right));
            let (Some(left), Some(right)) = (left, right) else {
                return false;
            };
            left.len() == right.len()
                && left
                    .iter()
                    .zip(&right)
                    .all(|(left, right)| same(left, right))
        }
        ([b'{', ..], [b'{', ..]) => {
            let (Some(Members(left)), Some(Members(right))) = (read(left), read(right)) else {
                return false;
            };
            left.len() == right.len()
                && left
                    .iter()
                    .zip(&right)
                    .all(|(left, right)| left.0 == right.0 && same(&left.1, &right.1))
        }
        _ => false,
    }
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// The members of an object, ordered by key.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(object: D) -> Result<Self, D::Error> {
        object.deserialize_map(Unordered).map(|mut members| {
            members.sort_by(|left, right| left.0.cmp(&right.0));
            Self(members)
        })
    }
}

struct Unordered;

impl<'de> Visitor<'de> for Unordered {
    type Value = Vec<(Cow<'de, str>, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((JsonKey(key), value)) = object.next_entry()? {
            members.push((key, value));
        }
        Ok(members)
    }
}

/// A key, borrowed if the text has no escapes. The `Deserialize` of `Cow` never borrows.
struct JsonKey<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for JsonKey<'a> {
    fn deserialize<D: Deserializer<'de>>(key: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Cow<'de, str>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E: Error>(self, key: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(key))
            }

            fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(key.to_owned()))
            }
        }
        key.deserialize_str(Text).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::json_eq;

    #[test]
    fn the_order_of_keys_does_not_matter_and_that_of_elements_does() {
        assert!(json_eq(
            r#"[{"a":1,"b":[{"x":1,"y":2}]}]"#,
            r#"[{"b":[{"y":2,"x":1}],"\u0061":1}]"#
        ));
        assert!(!json_eq("[1,2]", "[2,1]"));
        assert!(!json_eq(r#"{"a":1}"#, r#"{"a":1,"b":1}"#));
        assert!(!json_eq("[1]", "[1.0]"));
        assert!(!json_eq(
            "[340282366920938463463374607431768211455]",
            "[340282366920938463463374607431768211454]"
        ));
    }
}
