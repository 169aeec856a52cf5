//! Who did it, in the form the columns take.

use std::borrow::Cow;

use behavior_trace_core::limits::ACTOR_TYPE;

/// The kind of an actor that nobody named.
const NOBODY: &str = "ANONYMOUS";

/// Upper case, `[A-Z0-9_.:-]` with `_` for any other character, 32 characters; none or an empty one is `ANONYMOUS`.
pub(crate) fn kind(kind: Option<&str>) -> Cow<'_, str> {
    let kind = kind.filter(|kind| !kind.is_empty()).unwrap_or(NOBODY);
    let is_allowed =
        |byte: u8| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b':' | b'-');
    if kind.len() <= ACTOR_TYPE && kind.bytes().all(is_allowed) {
        return Cow::Borrowed(kind);
    }
    let cleaned = |character: char| match u8::try_from(character.to_ascii_uppercase()) {
        Ok(byte) if is_allowed(byte) => char::from(byte),
        _ => '_',
    };
    Cow::Owned(kind.chars().take(ACTOR_TYPE).map(cleaned).collect())
}

/// An actor's id, told apart by where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Id<'a> {
    /// There is none.
    None,
    /// The column `actor_id`.
    Number(i64),
    /// The payload, under `actor_ref`.
    Text(&'a str),
}

/// A text is a number only if that number is spelled like this: `007` and `+7` are not 7, they are references that read
/// differently in the host's own tables.
pub(crate) fn id(id: Option<&str>) -> Id<'_> {
    let Some(id) = id.filter(|id| !id.is_empty()) else {
        return Id::None;
    };
    match (id.as_bytes(), id.parse()) {
        ([b'0'] | [b'1'..=b'9', ..] | [b'-', b'1'..=b'9', ..], Ok(number)) => Id::Number(number),
        _ => Id::Text(id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_upper_case_and_clean() {
        assert_eq!(kind(Some("admin")), "ADMIN");
        assert_eq!(kind(Some("Billing bot/é:v1.2-x")), "BILLING_BOT__:V1.2-X");
        assert_eq!(kind(Some(&"a".repeat(40))), "A".repeat(32));
        assert_eq!(kind(Some(" ")), "_");
        assert_eq!(kind(Some("")), "ANONYMOUS");
        assert_eq!(kind(None), "ANONYMOUS");
    }

    #[test]
    fn an_id_goes_to_its_column_only_if_it_comes_back_the_same() {
        for (text, number) in [
            ("0", 0),
            ("7", 7),
            ("-7", -7),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(id(Some(text)), Id::Number(number));
        }
        for text in [
            "007",
            "+7",
            "-0",
            "7 ",
            "9223372036854775808",
            "0x7",
            "8f14e45f-ceea-467f-9575-1e2b5d5a6b2c",
        ] {
            assert_eq!(id(Some(text)), Id::Text(text));
        }
        assert_eq!(id(Some("")), Id::None);
        assert_eq!(id(None), Id::None);
    }
}
