//! The payload of a row in a few words.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::value::RawValue;

/// Characters of the payload in a table's line.
const MAX_CHARACTERS: usize = 240;

type Object<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

/// Returns a payload in a line: `email: "a" → "b", reason: "asked for"`. Numbers are shown as they are stored.
pub(super) fn details(payload: &str) -> String {
    let mut text = String::new();
    match object(payload) {
        Some(parts) => {
            for (key, value) in parts.iter().filter(|(key, _)| *key != "actor_label") {
                part(&mut text, key, value.get());
            }
        }
        None => text.push_str(payload),
    }
    shortened(text)
}

/// Returns the name of the actor in a payload.
pub(super) fn label(payload: &str) -> Option<String> {
    let label = *object(payload)?.get("actor_label")?;
    serde_json::from_str(label.get()).ok()
}

/// Returns the actor's id where it is no number.
pub(super) fn reference(payload: &str) -> Option<String> {
    let reference = *object(payload)?.get("actor_ref")?;
    serde_json::from_str(reference.get()).ok()
}

/// Returns the changes of a payload: path, value before, value after.
pub(super) fn changes(payload: &str) -> Vec<(String, String, String)> {
    let Some(diff) = object(payload).and_then(|parts| parts.get("diff").copied()) else {
        return Vec::new();
    };
    let changes = object(diff.get()).unwrap_or_default();
    let change = |(path, change): (Cow<'_, str>, &RawValue)| {
        let (from, to) = ends(change.get())?;
        Some((path.into_owned(), from.to_owned(), to.to_owned()))
    };
    changes.into_iter().filter_map(change).collect()
}

fn object(json: &str) -> Option<Object<'_>> {
    serde_json::from_str(json).ok()
}

fn ends(change: &str) -> Option<(&str, &str)> {
    let ends = object(change)?;
    let end = |name: &str| ends.get(name).map_or("–", |value| value.get());
    (ends.contains_key("from") || ends.contains_key("to")).then(|| (end("from"), end("to")))
}

fn part(text: &mut String, key: &str, value: &str) {
    if key == "diff" {
        for (path, change) in object(value).unwrap_or_default() {
            match ends(change.get()) {
                Some((from, to)) => word(text, &format!("{path}: {from} → {to}")),
                None => word(text, &format!("{path}: {}", change.get())),
            }
        }
    } else {
        word(text, &format!("{key}: {value}"));
    }
}

fn word(text: &mut String, word: &str) {
    let comma = if text.is_empty() { "" } else { ", " };
    let _ = write!(text, "{comma}{word}");
}

fn shortened(text: String) -> String {
    match text.char_indices().nth(MAX_CHARACTERS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_shown_by_its_changes_and_its_other_keys() {
        let payload = r#"{"actor_label":"Ada","diff":{"email":{"from":"a","to":"b"},"n":{"to":123456789012345678901}},"reason":"asked"}"#;
        assert_eq!(
            details(payload),
            r#"email: "a" → "b", n: – → 123456789012345678901, reason: "asked""#
        );
        assert_eq!(label(payload).as_deref(), Some("Ada"));
        assert_eq!(changes(payload).len(), 2);
        assert_eq!(details("{}"), "");
    }

    #[test]
    fn what_is_no_object_is_shown_as_it_is_and_a_long_one_is_cut() {
        assert_eq!(details("{\"cut"), "{\"cut");
        let long = format!("{{\"a\":\"{}\"}}", "ä".repeat(500));
        assert_eq!(details(&long).chars().count(), MAX_CHARACTERS + 1);
        assert!(changes("[1]").is_empty());
    }
}
