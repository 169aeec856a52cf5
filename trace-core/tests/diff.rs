use std::collections::BTreeMap;

use serde::ser::Error as _;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::*;

pub(super) fn diff<B: Serialize + ?Sized, A: Serialize + ?Sized>(
    before: &B,
    after: &A,
) -> Option<String> {
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
        EventBuilder,
        ActiveLayer { since: u8 },
    }
    assert_eq!(
        diff(&State::EventBuilder, "ActiveLayer").as_deref(),
        Some(r#"{"value":{"from":"EventBuilder","to":"ActiveLayer"}}"#)
    );
    assert_eq!(
        diff(&State::EventBuilder, &State::ActiveLayer { since: 1 }).as_deref(),
        Some(r#"{"value":{"from":"EventBuilder"},"ActiveLayer.since":{"to":1}}"#)
    );
    assert_eq!(
        diff(&[1], &[2]).as_deref(),
        Some(r#"{"value":{"from":[1],"to":[2]}}"#)
    );
}

#[test]
fn keys_are_ignored_as_the_host_spells_them() {
    for key in [
        "seen.at",
        "~tilde",
        "a~1b",
        "sa\"id",
        "back\\slash",
        "Ünïcode",
        "tab\t",
    ] {
        let side =
            |value: u8| serde_json::json!({key: value, "inner": {key: value}, "kept": value});
        let kept = r#"{"kept":{"from":1,"to":2}}"#;
        let ignored = diff_ignoring(&side(1), &side(2), &[key]);
        assert_eq!(ignored.as_deref(), Some(kept), "{key}");
        let path = format!("inner.{key}");
        let ignored = diff_ignoring(&side(1), &side(2), &[&path]).expect("two differ");
        assert!(!ignored.contains("inner"), "{key}: {ignored}");
        let ignored = diff_ignoring(&side(1), &side(2), &["seen", "at", "tilde"]);
        assert_eq!(ignored.map(|diff| diff.matches("from").count()), Some(3));
    }
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
            CaptureResult::Failed,
            r#"{"_unrecorded":"failed"}"#,
        ),
        (
            Breaks(true),
            CaptureResult::Panicked,
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
