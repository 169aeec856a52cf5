mod any_secret;
mod masked_values;

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use serde::ser::{Error as _, SerializeMap, SerializeSeq, Serializer};
use serde_json::value::RawValue;

use super::*;
use crate::limits::{PAYLOAD_BYTES, PAYLOAD_DEPTH};

/// The depth that a payload may nest to.
const VALUE_DEPTH: usize = PAYLOAD_DEPTH - 1;

fn written<T: Serialize + ?Sized>(value: &T) -> (String, CaptureResult) {
    let mut fields = Fields::new();
    let capture = write_payload(&mut fields, &Masks::default(), value);
    (
        fields.get(Field::Payload).expect("a payload").to_owned(),
        capture,
    )
}

fn payload_of<T: Serialize + ?Sized>(value: &T) -> String {
    let (text, capture) = written(value);
    assert_eq!(capture, CaptureResult::Written);
    serde_json::from_str::<serde::de::IgnoredAny>(&text).expect("JSON");
    text
}

fn rewritten(text: &str) -> String {
    let mut out = Vec::new();
    rewrite(&mut out, &Masks::default(), text);
    String::from_utf8(out).expect("UTF-8")
}

#[derive(Serialize)]
struct Account {
    name: &'static str,
    api_key: &'static str,
    owner: Owner,
    logins: Vec<Login>,
}

#[derive(Serialize)]
struct Owner {
    email: &'static str,
    #[serde(rename = "cardNumber")]
    card: u64,
}

#[derive(Serialize)]
enum Login {
    Password(&'static str),
    Token { value: &'static str },
    Passkey,
}

#[test]
fn secrets_are_masked_in_structs_lists_and_variants() {
    let account = Account {
        name: "ops",
        api_key: "CANARY",
        owner: Owner {
            email: "a@b.c",
            card: 4_111,
        },
        logins: vec![
            Login::Password("CANARY"),
            Login::Token { value: "CANARY" },
            Login::Passkey,
        ],
    };
    assert_eq!(
        payload_of(&account),
        r#"{"name":"ops","api_key":"[masked]","owner":{"email":"a@b.c","cardNumber":"[masked]"},"logins":[{"Password":"[masked]"},{"Token":"[masked]"},"Passkey"]}"#
    );
}

#[test]
fn whatever_lies_under_a_secret_is_masked_as_one() {
    let tree = serde_json::json!({"tokens": {"CANARY": [1, {"a": "CANARY"}]}, "after": [1, null]});
    assert_eq!(
        payload_of(&tree),
        r#"{"after":[1,null],"tokens":"[masked]"}"#
    );
}

#[test]
fn values_are_spelled_as_serde_json_spells_them() {
    let value = (
        (f64::NAN, f32::INFINITY, 1.5_f32, 1e300_f64, -0.0_f64),
        (i64::MIN, u64::MAX, -1_i8, true, ()),
        ("\0\u{1f}\"\\\n\u{7f}é😀", 'x', None::<u8>, Some(1)),
        BTreeMap::from([(1, "one"), (-2, "minus two")]),
    );
    assert_eq!(
        payload_of(&value),
        serde_json::to_string(&value).expect("JSON")
    );
}

/// MySQL keeps doubles and integers of 64 bits, and would read back another number.
#[test]
fn a_number_that_no_store_holds_exactly_is_written_as_text() {
    let raw = |text: &str| RawValue::from_string(text.to_owned()).expect("JSON");
    assert_eq!(
        payload_of(&(u128::MAX, i128::MIN, u128::from(u64::MAX), -1_i128)),
        concat!(
            r#"["340282366920938463463374607431768211455","-170141183460469231731687303715884105728","#,
            "18446744073709551615,-1]"
        )
    );
    assert_eq!(
        payload_of(&[raw("1.10"), raw("1.1"), raw("18446744073709551616")]),
        r#"["1.10",1.1,"18446744073709551616"]"#
    );
}

#[test]
fn a_key_with_escapes_is_read_before_it_is_judged() {
    let map = BTreeMap::from([("my\npassword", "CANARY"), ("a\"b", "stays")]);
    assert_eq!(
        payload_of(&map),
        r#"{"a\"b":"stays","my\npassword":"[masked]"}"#
    );
}

#[test]
fn pre_encoded_json_is_not_let_through_unread() {
    let raw = |text: &str| RawValue::from_string(text.to_owned()).expect("JSON");
    let value = BTreeMap::from([
        (
            "a",
            raw(
                r#" { "pass\u0077ord" : "CANARY", "n": [1.10, 12345678901234567890123, {"pin":1}] } "#,
            ),
        ),
        ("b", raw(r#""\ud800""#)),
        ("c", raw("1e999")),
        ("d", raw(r#"[1,{"x":"\udc00"}]"#)),
        ("token", raw(r#""CANARY""#)),
    ]);
    assert_eq!(
        payload_of(&value),
        r#"{"a":{"password":"[masked]","n":["1.10","12345678901234567890123",{"pin":"[masked]"}]},"b":"[not JSON]","c":"1e999","d":"[not JSON]","token":"[masked]"}"#
    );
}

struct Deep(usize);

impl Serialize for Deep {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(1))?;
        if self.0 > 1 {
            list.serialize_element(&Deep(self.0 - 1))?;
        }
        list.end()
    }
}

#[test]
fn what_lies_too_deep_becomes_a_mark_and_what_stands_beside_it_stays() {
    let fits = payload_of(&Deep(VALUE_DEPTH));
    assert!(!fits.contains("too deep"));
    let value = (Deep(VALUE_DEPTH), "beside");
    let cut = payload_of(&value);
    assert!(
        cut.contains(r#"["[too deep]"]"#) && cut.ends_with(r#","beside"]"#),
        "{cut}"
    );
    assert_eq!(payload_of(&Deep(100_000)), r#"{"_unrecorded":"too deep"}"#);
}

#[test]
fn a_payload_that_is_too_long_becomes_a_small_marker() {
    let marker = r#"{"_oversize":{"bytes_at_least":65536}}"#;
    assert_eq!(payload_of(&"x".repeat(PAYLOAD_BYTES)), marker);
    assert_eq!(payload_of(&vec!["x"; 100_000]), marker);
    assert_eq!(
        payload_of(&"x".repeat(PAYLOAD_BYTES - 2)).len(),
        PAYLOAD_BYTES
    );
    let endless = BTreeMap::from([("secret", "x".repeat(1 << 20))]);
    assert_eq!(payload_of(&endless), r#"{"secret":"[masked]"}"#);
}

struct Panics;

impl Serialize for Panics {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("half", "written")?;
        panic!("a bug of the host")
    }
}

impl fmt::Display for Panics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("half")?;
        panic!("a bug of the host")
    }
}

struct Fails;

impl Serialize for Fails {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("CANARY"))
    }
}

impl fmt::Display for Fails {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Err(fmt::Error)
    }
}

#[test]
fn code_of_the_host_that_breaks_leaves_a_mark() {
    assert_eq!(
        written(&[Panics]),
        (
            r#"{"_unrecorded":"panicked"}"#.to_owned(),
            CaptureResult::Panicked
        )
    );
    assert_eq!(
        written(&[Fails]),
        (
            r#"{"_unrecorded":"failed"}"#.to_owned(),
            CaptureResult::Failed
        )
    );
    let mut fields = Fields::new();
    assert_eq!(
        write_display(&mut fields, Field::ResourceId, &Panics),
        CaptureResult::Panicked
    );
    assert_eq!(
        write_display(&mut fields, Field::Reason, &Fails),
        CaptureResult::Failed
    );
    assert_eq!(fields.get(Field::ResourceId), Some("[panicked]"));
    assert_eq!(fields.get(Field::Reason), Some("[failed]"));
}

/// Breaks serde's rules in one of several ways.
struct Malformed(u8);

impl Serialize for Malformed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            0 => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_key("a key without a value")?;
                map.end()
            }
            1 => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_value("a value without a key")?;
                map.end()
            }
            2 => {
                let mut list = serializer.serialize_seq(Some(0))?;
                list.serialize_element("more than was said")?;
                list.end()
            }
            3 => {
                let mut map = serializer.serialize_map(Some(0))?;
                map.serialize_entry("more", "than was said")?;
                map.end()
            }
            _ => {
                let mut map = serializer.serialize_map(None)?;
                map.serialize_key("twice")?;
                let _ = map.serialize_key("twice");
                let _ = map.serialize_value(&1);
                map.end()
            }
        }
    }
}

#[test]
fn a_serialize_that_breaks_the_rules_breaks_no_json() {
    for kind in 0..5 {
        let (text, capture) = written(&Malformed(kind));
        assert_eq!(
            (text.as_str(), capture),
            (r#"{"_unrecorded":"failed"}"#, CaptureResult::Failed),
            "{kind}"
        );
        for text in [
            written(&(Malformed(kind), 1)).0,
            written(&BTreeMap::from([("a", Malformed(kind))])).0,
        ] {
            serde_json::from_str::<serde::de::IgnoredAny>(&text).expect("JSON");
        }
    }
}

#[test]
fn a_text_is_cut_between_characters() {
    let mut fields = Fields::new();
    let _ = write_display(&mut fields, Field::Reason, &"é".repeat(10_000));
    let reason = fields.get(Field::Reason).expect("UTF-8");
    assert!(reason.ends_with("é…") && reason.len() <= 8 * 1024 + 3);
    let _ = write_display(&mut fields, Field::ResourceId, &7);
    assert_eq!(fields.get(Field::ResourceId), Some("7"));
}

#[test]
fn the_first_payload_stands_and_the_second_is_not_even_asked() {
    let mut fields = Fields::new();
    let _ = write_payload(&mut fields, &Masks::default(), &1);
    assert_eq!(
        write_payload(&mut fields, &Masks::default(), &Panics),
        CaptureResult::Written
    );
    assert_eq!(fields.get(Field::Payload), Some("1"));
}

#[test]
fn json_text_is_masked_and_other_text_is_kept_if_it_names_no_secret() {
    assert_eq!(
        rewritten(r#" {"token": "CANARY", "a" :1} "#),
        r#"{"token":"[masked]","a":1}"#
    );
    assert_eq!(
        rewritten("moved to the\nsecond floor"),
        r#""moved to the\nsecond floor""#
    );
    assert_eq!(rewritten(""), r#""""#);
    assert_eq!(
        rewritten(r#"{"token": "CANARY""#),
        r#"{"_unrecorded":"not JSON"}"#
    );
    assert_eq!(rewritten("user=ada&password=CANARY"), r#""[masked]""#);
    assert_eq!(rewritten("password=CANARY, by name"), r#""[masked]""#);
}

#[test]
fn hostile_text_becomes_json_that_every_store_takes() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    assert_eq!(rewritten(&deep).matches('[').count(), VALUE_DEPTH + 1);
    let deep = "{\"a\":".repeat(50_000) + "1" + &"}".repeat(50_000);
    assert!(rewritten(&deep).contains("_oversize"));
    assert_eq!(rewritten(r#"{"a":1,"a":2}"#), r#"{"a":1,"a":2}"#);
    assert_eq!(
        rewritten(r#"{"\ud83d\ude00":"\u0000"}"#),
        "{\"😀\":\"\\u0000\"}"
    );
    assert_eq!(rewritten("\"\0\""), r#""\"\u0000\"""#);
    assert_eq!(
        rewritten(r#"{"a":"\ud800"}"#),
        r#"{"_unrecorded":"not JSON"}"#
    );
    assert_eq!(
        rewritten(&"9".repeat(400)),
        format!("\"{}\"", "9".repeat(400))
    );
}

#[test]
fn an_integer_is_spelled_as_it_displays() {
    fn spelled(value: &(impl std::fmt::Display + ?Sized)) {
        let mut fields = Fields::new();
        assert_eq!(
            write_display(&mut fields, Field::ResourceId, value),
            CaptureResult::Written
        );
        assert_eq!(fields.get(Field::ResourceId), Some(&*value.to_string()));
    }
    spelled(&u64::MAX);
    spelled(&i128::MIN);
    spelled(&0_u8);
    spelled(&&7_i32);
    spelled(&'7');
    spelled("7");
    spelled(&7 as &dyn std::fmt::Display);
}

/// Formats a part as often as it is asked for more, up to 100 MB, and remembers how much it was.
struct Endless(&'static str, std::cell::Cell<usize>);

impl fmt::Display for Endless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        while self.1.get() < 100_000_000 {
            self.1.set(self.1.get() + self.0.len());
            f.write_str(self.0)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Endless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn endless(part: &'static str) -> Endless {
    Endless(part, std::cell::Cell::new(0))
}

#[test]
fn of_a_column_one_character_more_is_taken_than_it_holds_and_no_more_is_formatted() {
    use crate::limits;
    for (field, holds) in [
        (Field::ResourceId, limits::RESOURCE_ID),
        (Field::UserAgent, limits::USER_AGENT),
        (Field::RequestId, limits::REQUEST_ID),
        (Field::ActorLabel, limits::NAME),
    ] {
        for part in ["x", "é", "a😀", "€€€€€"] {
            let value = endless(part);
            let mut fields = Fields::new();
            let _ = write_display(&mut fields, field, &value);
            let text = fields.get(field).expect("a text");
            assert_eq!(text.chars().count(), holds + 1, "{field:?} {part}");
            assert!(part.repeat(holds + 1).starts_with(text), "{text}");
            assert!(value.1.get() <= 4 * (holds + 1) + part.len(), "{part}");

            let mut copied = Fields::new();
            write_text(&mut copied, field, &part.repeat(100_000));
            assert_eq!(copied.get(field), Some(text));
        }
        let exact = "é".repeat(holds);
        let mut fields = Fields::new();
        let _ = write_display(&mut fields, field, &exact);
        assert_eq!(fields.get(field), Some(&*exact));
    }
}

#[test]
fn of_each_id_of_a_sample_no_more_is_formatted_than_is_kept() {
    let ids: Vec<_> = (0..30).map(|_| endless("é\"")).collect();
    let mut fields = Fields::new();
    assert_eq!(write_ids(&mut fields, &ids), CaptureResult::Written);
    let text = fields.get(Field::Ids).expect("ids");
    let kept: Vec<String> = serde_json::from_str(text).expect("a list");
    assert_eq!(kept.len(), 20);
    for id in &kept {
        assert_eq!(id.chars().count(), 255);
        assert!(id.starts_with("é\"é") && id.ends_with('…'), "{id}");
    }
    assert!(ids.iter().all(|id| id.1.get() < 2_000));

    let mut few = Fields::new();
    let _ = write_ids(&mut few, ["7".to_owned(), "x".repeat(255), String::new()]);
    let list = format!("[\"7\",\"{}\",\"\"]", "x".repeat(255));
    assert_eq!(few.get(Field::Ids), Some(&*list));
    let mut none = Fields::new();
    let _ = write_ids(&mut none, [0_u8; 0]);
    assert_eq!(none.get(Field::Ids), Some("[]"));
    let mut panics = Fields::new();
    let gone = (0..3).map(|n| if n == 1 { panic!("not today") } else { n });
    assert_eq!(write_ids(&mut panics, gone), CaptureResult::Panicked);
    assert_eq!(panics.get(Field::Ids), Some("[]"));
}

#[test]
fn of_a_formatted_payload_no_more_is_formatted_than_is_kept() {
    let value = endless("{\"a\":1}");
    let mut fields = Fields::new();
    let masks = Masks::default();
    assert_eq!(
        write_debug(&mut fields, &masks, &value),
        CaptureResult::Written
    );
    let text = fields.get(Field::Payload).expect("a payload");
    assert_eq!(text, r#"{"_oversize":{"bytes_at_least":65536}}"#);
    assert!(value.1.get() <= 65536 + 7, "{}", value.1.get());

    let mut whole = Fields::new();
    let _ = write_debug(&mut whole, &masks, &format_args!(r#"{{"pin":1,"a":2}}"#));
    assert_eq!(
        whole.get(Field::Payload),
        Some(r#"{"pin":"[masked]","a":2}"#)
    );
}
