use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;
use serde::ser::Error as _;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::*;

fn diff<B: Serialize + ?Sized, A: Serialize + ?Sized>(before: &B, after: &A) -> Option<String> {
    diff_ignoring(before, after, &[])
}

fn diff_ignoring<B: Serialize + ?Sized, A: Serialize + ?Sized>(
    before: &B,
    after: &A,
    ignore: &[&str],
) -> Option<String> {
    let mut fields = Fields::new();
    let changed = write_diff(&mut fields, &Masks::default(), before, after, ignore);
    let text = fields.get(Field::Diff).map(ToOwned::to_owned);
    assert_eq!(changed != Changed::No, text.is_some());
    if let Some(text) = &text {
        assert!(
            serde_json::from_str::<Value>(text).is_ok_and(|diff| diff.is_object()),
            "{text}"
        );
    }
    text
}

#[derive(Clone, Serialize)]
struct User {
    name: String,
    email: Option<String>,
    password: String,
    address: Address,
    roles: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'static str>,
    #[serde(skip)]
    #[expect(dead_code, reason = "serde is told to leave it out")]
    cache: u8,
    updated_at: u64,
}

#[derive(Clone, Serialize)]
struct Address {
    city: &'static str,
    zip: u32,
}

fn ada() -> User {
    User {
        name: "Ada".to_owned(),
        email: None,
        password: "CANARY-1".to_owned(),
        address: Address {
            city: "London",
            zip: 1,
        },
        roles: vec!["admin"],
        note: None,
        cache: 1,
        updated_at: 1,
    }
}

#[test]
fn equal_values_leave_nothing() {
    let other = User { cache: 2, ..ada() };
    assert_eq!(diff(&ada(), &other), None);
    assert_eq!(diff(&json!({}), &None::<u8>), None);
    assert_eq!(diff(&1_u8, &1_i64), None);
}

#[test]
fn only_what_changed_is_said_in_dotted_keys_and_whole_lists() {
    let mut after = ada();
    after.address.city = "Paris";
    after.roles.push("owner");
    after.email = Some("a@b.c".to_owned());
    assert_eq!(
        diff(&ada(), &after).as_deref(),
        Some(concat!(
            r#"{"email":{"from":null,"to":"a@b.c"},"address.city":{"from":"London","to":"Paris"},"#,
            r#""roles":{"from":["admin"],"to":["admin","owner"]}}"#
        ))
    );
}

#[test]
fn a_changed_secret_shows_as_changed_and_not_as_what() {
    let after = User {
        password: "CANARY-2".to_owned(),
        ..ada()
    };
    assert_eq!(
        diff(&ada(), &after).as_deref(),
        Some(r#"{"password":{"from":"[masked]","to":"[masked]"}}"#)
    );
}

#[test]
fn not_even_the_keys_under_a_secret_show() {
    let before =
        json!({"tokens": {"CANARY-1": 1}, "list": [{"pin": "CANARY"}], "a.pin": {"CANARY": 1}});
    let after = json!({"tokens": {"CANARY-2": 1}, "list": [{"pin": "CANARY", "n": 2}], "a.pin": {"CANARY": 2}});
    assert_eq!(
        diff(&before, &after).as_deref(),
        Some(concat!(
            r#"{"a~1pin":{"from":"[masked]","to":"[masked]"},"#,
            r#""list":{"from":[{"pin":"[masked]"}],"to":[{"n":2,"pin":"[masked]"}]},"#,
            r#""tokens":{"from":"[masked]","to":"[masked]"}}"#
        ))
    );
}

#[test]
fn an_absent_side_is_left_out_and_null_is_not_absent() {
    let noted = User {
        note: Some("vip"),
        ..ada()
    };
    assert_eq!(
        diff(&ada(), &noted).as_deref(),
        Some(r#"{"note":{"to":"vip"}}"#)
    );
    assert_eq!(
        diff(&noted, &ada()).as_deref(),
        Some(r#"{"note":{"from":"vip"}}"#)
    );
    assert_eq!(
        diff(&json!({"a": null}), &json!({"b": null})).as_deref(),
        Some(r#"{"a":{"from":null},"b":{"to":null}}"#)
    );
}

#[test]
fn creation_and_deletion_have_one_side() {
    let address = Address {
        city: "Rome",
        zip: 2,
    };
    assert_eq!(
        diff(&None::<Address>, &Some(&address)).as_deref(),
        Some(r#"{"city":{"to":"Rome"},"zip":{"to":2}}"#)
    );
    assert_eq!(
        diff(&address, &()).as_deref(),
        Some(r#"{"city":{"from":"Rome"},"zip":{"from":2}}"#)
    );
}

#[test]
fn a_value_that_is_no_struct_is_shown_under_value() {
    #[derive(Serialize)]
    enum State {
        Draft,
        Live { since: u8 },
    }
    assert_eq!(
        diff(&State::Draft, "Live").as_deref(),
        Some(r#"{"value":{"from":"Draft","to":"Live"}}"#)
    );
    assert_eq!(
        diff(&State::Draft, &State::Live { since: 1 }).as_deref(),
        Some(r#"{"value":{"from":"Draft"},"Live.since":{"to":1}}"#)
    );
    assert_eq!(
        diff(&[1], &[2]).as_deref(),
        Some(r#"{"value":{"from":[1],"to":[2]}}"#)
    );
}

#[test]
fn keys_are_ignored_by_name_or_by_path() {
    let mut after = ada();
    after.updated_at = 2;
    after.address = Address {
        city: "Paris",
        zip: 2,
    };
    assert_eq!(
        diff_ignoring(&ada(), &after, &["updated_at", "address.city"]).as_deref(),
        Some(r#"{"address.zip":{"from":1,"to":2}}"#)
    );
    assert_eq!(
        diff_ignoring(&ada(), &after, &["updated_at", "address"]),
        None
    );
    assert_eq!(
        diff_ignoring(&ada(), &after, &["updated_at", "zip", "city"]),
        None
    );
}

#[test]
fn pre_encoded_json_is_compared_as_what_it_says() {
    let raw = |text: &str| RawValue::from_string(text.to_owned()).expect("JSON");
    let before = BTreeMap::from([
        ("a", raw(r#"{"x": 1, "token": "CANARY-1"}"#)),
        ("b", raw("[1e999]")),
    ]);
    let after = BTreeMap::from([
        ("a", raw(r#"{"token":"CANARY-2","x":1}"#)),
        ("b", raw(r#"["\ud800"]"#)),
    ]);
    assert_eq!(
        diff(&before, &after).as_deref(),
        Some(concat!(
            r#"{"a.token":{"from":"[masked]","to":"[masked]"},"#,
            r#""b":{"from":["1e999"],"to":"[not JSON]"}}"#
        ))
    );
}

#[test]
fn what_changed_deep_down_shows_as_changed() {
    const FLAT: usize = 20;
    fn deep(levels: usize, inner: Value) -> Value {
        (0..levels).fold(inner, |inner, _| json!({ "k": inner }))
    }
    let path = ["k"; FLAT].join(".");
    assert_eq!(
        diff(&deep(FLAT, json!(1)), &deep(FLAT, json!(2))),
        Some(format!(r#"{{"{path}":{{"from":1,"to":2}}}}"#))
    );
    let deeper = diff(&deep(60, json!(1)), &deep(60, json!(2))).expect("a diff");
    assert!(deeper.contains("[too deep]"), "{deeper}");
    assert!(
        diff(&deep(1_000, json!(1)), &1)
            .expect("a marker")
            .contains("too deep")
    );
}

#[test]
fn too_much_to_show_or_to_compare_is_a_marker_and_counts_as_changed() {
    let marker = Some(r#"{"_oversize":{"bytes_at_least":65536}}"#.to_owned());
    let text = |letter: &str, length| BTreeMap::from([("text", letter.repeat(length))]);
    assert_eq!(diff(&text("a", 40_000), &text("b", 40_000)), marker);
    assert_eq!(diff(&text("a", 40_000), &text("a", 40_000)), None);
    assert_eq!(diff(&text("a", 2_000_000), &text("a", 2_000_000)), marker);
    assert_eq!(diff(&vec![[1, 2]; 50_000], &vec![[1, 3]; 50_000]), marker);
}

#[test]
fn code_of_the_host_that_breaks_is_told_and_marked() {
    struct Breaks(bool);
    impl Serialize for Breaks {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            assert!(!self.0, "a bug of the host");
            Err(S::Error::custom("no"))
        }
    }
    for (breaks, capture, mark) in [
        (
            Breaks(false),
            Capture::Failed,
            r#"{"_unrecorded":"failed"}"#,
        ),
        (
            Breaks(true),
            Capture::Panicked,
            r#"{"_unrecorded":"panicked"}"#,
        ),
    ] {
        let mut fields = Fields::new();
        let changed = write_diff(&mut fields, &Masks::default(), &ada(), &[&breaks], &[]);
        assert_eq!(
            (changed, fields.get(Field::Diff)),
            (Changed::Unknown(capture), Some(mark))
        );
    }
    assert_eq!(diff(&1, &1), None);
}

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

/// What a diff speaks about, laid out by other means.
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

/// The same value in the order that a hash map happens to have.
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

/// A value whose type is known only to itself.
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
        let _ = super::super::write_payload(&mut fields, &Masks::default(), &inner);
        prop_assert!(!fields.get(Field::Payload).expect("UTF-8").contains("CANARY"));
    }
}
