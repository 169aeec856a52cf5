//! The columns `actor_type` and `actor_id`.

use std::borrow::Cow;

use crate::limits::ACTOR_TYPE;

/// The kind that replaces a missing or empty one.
const ANONYMOUS: &str = "ANONYMOUS";

/// Returns the kind normalised: upper case, 32 characters, `_` for any character outside `[A-Z0-9_.:-]`. A missing or empty
/// kind is `ANONYMOUS`.
pub fn actor_type(kind: Option<&str>) -> Cow<'_, str> {
    let kind = kind.filter(|kind| !kind.is_empty()).unwrap_or(ANONYMOUS);
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

/// The id of an actor, by its destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorColumn<'a> {
    /// No id.
    None,
    /// The column `actor_id`.
    Number(i64),
    /// The payload, under `actor_ref`.
    Text(&'a str),
}

/// Returns the destination of an id. A text is a number only if the number is spelled exactly so: `007` and `+7` are not 7.
/// They are references that read differently in the application's own tables.
pub fn actor_id(id: Option<&str>) -> ActorColumn<'_> {
    let Some(id) = id.filter(|id| !id.is_empty()) else {
        return ActorColumn::None;
    };
    match (id.as_bytes(), id.parse()) {
        ([b'0'] | [b'1'..=b'9', ..] | [b'-', b'1'..=b'9', ..], Ok(number)) => {
            ActorColumn::Number(number)
        }
        _ => ActorColumn::Text(id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_upper_case_and_clean() {
        assert_eq!(actor_type(Some("admin")), "ADMIN");
        assert_eq!(
            actor_type(Some("Billing bot/é:v1.2-x")),
            "BILLING_BOT__:V1.2-X"
        );
        assert_eq!(actor_type(Some(&"a".repeat(40))), "A".repeat(32));
        assert_eq!(actor_type(Some(" ")), "_");
        assert_eq!(actor_type(Some("")), "ANONYMOUS");
        assert_eq!(actor_type(None), "ANONYMOUS");
    }

    #[test]
    fn an_id_goes_to_its_column_only_if_it_comes_back_the_same() {
        for (text, number) in [
            ("0", 0),
            ("7", 7),
            ("-7", -7),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(actor_id(Some(text)), ActorColumn::Number(number));
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
            assert_eq!(actor_id(Some(text)), ActorColumn::Text(text));
        }
        assert_eq!(actor_id(Some("")), ActorColumn::None);
        assert_eq!(actor_id(None), ActorColumn::None);
    }
}
