//! Properties of a diff of any two values.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::write_payload;
use super::tests::diff;
use crate::field::Field;
use crate::fields::Fields;
use crate::payload::Masks;

fn keys() -> impl Strategy<Value = String> {
    prop_oneof!["[a-d]", "[.~a\"\\\\é]{0,3}"]
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i8>().prop_map(|number| json!(f64::from(number) / 4.0)),
        any::<i64>().prop_map(Value::from),
        ".{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            objects(inner),
        ]
    })
}

fn objects(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop::collection::btree_map(keys(), inner, 0..4)
        .prop_map(|map| Value::Object(map.into_iter().collect()))
}

/// Flattens a value independently of the code under test.
fn flat(value: &Value, path: &str, into: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(map) if path.is_empty() || !map.is_empty() => {
            for (key, value) in map {
                let key = key.replace('~', "~0").replace('.', "~1");
                let key = if key.is_empty() { "~" } else { &key };
                let dot = if path.is_empty() { "" } else { "." };
                flat(value, &format!("{path}{dot}{key}"), into);
            }
        }
        value => {
            into.insert(path.to_owned(), value.clone());
        }
    }
}

/// Returns the value with its keys in the random order of a hash map.
fn shuffled(value: &Value) -> Box<dyn erased::Serialize> {
    match value {
        Value::Object(map) => Box::new(
            map.iter()
                .map(|(key, value)| (key.clone(), shuffled(value)))
                .collect::<HashMap<_, _>>(),
        ),
        Value::Array(list) => Box::new(list.iter().map(shuffled).collect::<Vec<_>>()),
        value => Box::new(value.clone()),
    }
}

/// Values with an erased type.
mod erased {
    use serde::ser::{self, Error as _};
    use serde_json::value::{RawValue, to_raw_value};

    pub(super) trait Serialize {
        fn encoded(&self) -> Option<Box<RawValue>>;
    }

    impl<T: ser::Serialize> Serialize for T {
        fn encoded(&self) -> Option<Box<RawValue>> {
            to_raw_value(self).ok()
        }
    }

    impl ser::Serialize for Box<dyn Serialize> {
        fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let value = (**self)
                .encoded()
                .ok_or_else(|| S::Error::custom("not JSON"))?;
            value.serialize(serializer)
        }
    }
}

proptest! {
    #[test]
    fn a_diff_leads_from_before_to_after(before in objects(values()), after in objects(values())) {
        let (mut state, mut goal) = (BTreeMap::new(), BTreeMap::new());
        flat(&before, "", &mut state);
        flat(&after, "", &mut goal);
        let changes: Map<String, Value> =
            diff(&before, &after).map_or_else(Map::new, |text| serde_json::from_str(&text).expect("an object"));
        prop_assert_eq!(changes.is_empty(), state == goal);
        for (path, change) in changes {
            prop_assert_eq!(state.get(&path), change.get("from"));
            prop_assert_ne!(change.get("from"), change.get("to"));
            match change.get("to") {
                Some(to) => state.insert(path, to.clone()),
                None => state.remove(&path),
            };
        }
        prop_assert_eq!(state, goal);
    }

    #[test]
    fn equal_in_and_nothing_out_in_whatever_order(value in values()) {
        prop_assert_eq!(diff(&value, &value), None);
        prop_assert_eq!(diff(&shuffled(&value), &shuffled(&value)), None);
        prop_assert_eq!(diff(&value, &shuffled(&value)), None);
    }

    #[test]
    fn order_changes_nothing_about_what_is_said(before in objects(values()), after in objects(values())) {
        let read = |diff: Option<String>| diff.map(|text| serde_json::from_str::<Value>(&text).expect("JSON"));
        prop_assert_eq!(read(diff(&shuffled(&before), &shuffled(&after))), read(diff(&before, &after)));
    }

    #[test]
    fn no_secret_ever_shows(
        secret in prop::sample::select(vec!["password", "apiKey", "user.token", "PIN", "card"]),
        before in objects(values()),
        hidden in values(),
        depth in 0..30_usize,
        in_list in any::<bool>(),
    ) {
        let mut inner = json!({ secret: {"CANARY": ["CANARY", hidden.clone()]} });
        for level in 0..depth {
            inner = if in_list && level % 2 == 0 { json!([inner]) } else { json!({ "k": inner, "b": hidden }) };
        }
        for text in [diff(&before, &inner), diff(&inner, &before), diff(&inner, &())].into_iter().flatten() {
            prop_assert!(!text.contains("CANARY"), "{}", text);
        }
        let mut fields = Fields::new();
        let _ = write_payload(&mut fields, &Masks::default(), &inner);
        prop_assert!(!fields.get(Field::Payload).expect("UTF-8").contains("CANARY"));
    }
}
