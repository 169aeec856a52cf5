//! The payload of a row, in the order of its keys and with its numbers as they are stored.

use std::borrow::Cow;
use std::fmt;

use behavior_trace_core::keys;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The entries of a JSON object, in their order.
#[derive(Debug, Default)]
pub(crate) struct Entries<'a>(pub(crate) Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Entries<'a> {
    /// Reads an object; `None` for any other text.
    pub(crate) fn of(json: &'a str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    fn get(&self, key: &str) -> Option<&'a str> {
        let entry = self.0.iter().find(|(name, _)| name == key);
        entry.map(|(_, value)| value.get())
    }

    /// Returns the object without a key; an empty object, if the text is none.
    pub(crate) fn without(json: &str, key: &str) -> String {
        let entries = Entries::of(json).unwrap_or_default();
        let kept = entries.0.iter().filter(|(name, _)| name != key);
        let kept: Vec<String> = kept
            .map(|(name, value)| format!("{}:{}", serde_json::Value::from(&**name), value.get()))
            .collect();
        format!("{{{}}}", kept.join(","))
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Ordered;

        impl<'de> Visitor<'de> for Ordered {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut entries = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
                    entries.push((Cow::Owned(key), value));
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Ordered)
    }
}

/// One field before and after, both as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldChange {
    pub(crate) field: String,
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
}

/// The parts of a payload.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowPayload {
    pub(crate) reason: Option<String>,
    pub(crate) impersonator: Option<String>,
    pub(crate) actor_ref: Option<String>,
    pub(crate) actor_label: Option<String>,
    pub(crate) count: Option<u64>,
    pub(crate) ids: Vec<String>,
    pub(crate) is_commit_unknown: bool,
    pub(crate) diff: Vec<FieldChange>,
    /// The application's own keys: dotted path and JSON.
    pub(crate) others: Vec<(String, String)>,
}

/// Levels of nested objects that are shown as dotted paths.
const LEVELS: usize = 4;
/// Entries of an application's payload that are listed.
const MAX_ENTRIES: usize = 200;

impl RowPayload {
    pub(crate) fn of(json: &str) -> Self {
        let Some(entries) = Entries::of(json) else {
            return Self::default();
        };
        let text = |key| entries.get(key).and_then(text_of);
        let mut payload = Self {
            reason: text(keys::REASON),
            impersonator: text(keys::IMPERSONATOR),
            actor_ref: text(keys::ACTOR_REF),
            actor_label: text(keys::ACTOR_LABEL),
            count: entries
                .get(keys::COUNT)
                .and_then(|count| count.parse().ok()),
            ids: entries.get(keys::IDS).map(items).unwrap_or_default(),
            is_commit_unknown: text(keys::COMMIT).as_deref() == Some("unknown"),
            diff: entries.get(keys::DIFF).map(changes).unwrap_or_default(),
            others: Vec::new(),
        };
        for (key, value) in &entries.0 {
            if !keys::RESERVED.contains(&&**key) {
                flatten(key, value.get(), LEVELS, &mut payload.others);
            }
        }
        payload
    }
}

/// Returns the text of a JSON string.
pub(crate) fn text_of(json: &str) -> Option<String> {
    serde_json::from_str(json).ok()
}

/// Returns the items of a JSON array as texts: strings without their quotes, all else as JSON.
pub(crate) fn items(json: &str) -> Vec<String> {
    let items: Vec<&RawValue> = serde_json::from_str(json).unwrap_or_default();
    let plain = |item: &RawValue| text_of(item.get()).unwrap_or_else(|| item.get().to_owned());
    items.into_iter().map(plain).collect()
}

fn changes(json: &str) -> Vec<FieldChange> {
    let entries = Entries::of(json).unwrap_or_default();
    let change = |(field, ends): &(Cow<'_, str>, &RawValue)| {
        let ends = Entries::of(ends.get()).unwrap_or_default();
        FieldChange {
            field: field.to_string(),
            from: ends.get("from").map(str::to_owned),
            to: ends.get("to").map(str::to_owned),
        }
    };
    entries.0.iter().map(change).collect()
}

fn flatten(path: &str, json: &str, levels: usize, into: &mut Vec<(String, String)>) {
    if into.len() >= MAX_ENTRIES {
        return;
    }
    match Entries::of(json) {
        Some(entries) if levels > 1 && !entries.0.is_empty() => {
            for (key, value) in &entries.0 {
                flatten(&format!("{path}.{key}"), value.get(), levels - 1, into);
            }
        }
        _ => into.push((path.to_owned(), json.to_owned())),
    }
}
