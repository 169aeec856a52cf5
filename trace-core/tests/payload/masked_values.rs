//! Every way by which a value gets into an event.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::json;
use serde_json::value::RawValue;

use crate::field::Field;
use crate::fields::Fields;
use crate::payload::{Masks, write_debug, write_diff, write_json_text, write_payload};

fn payload(masks: &Masks, value: &impl Serialize) -> String {
    let mut fields = Fields::new();
    let _ = write_payload(&mut fields, masks, value);
    fields.get(Field::Payload).unwrap_or_default().to_owned()
}

fn diff(before: &impl Serialize, after: &impl Serialize) -> String {
    let mut fields = Fields::new();
    let _ = write_diff(&mut fields, &Masks::default(), before, after, &[]);
    fields.get(Field::Diff).unwrap_or_default().to_owned()
}

/// Comes in pieces, and is escaped on the way.
struct Pieces;

impl fmt::Display for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in ["\"see\"\tred", "is:/", "/u:p\"", "\\q", "@h/0"] {
            f.write_str(piece)?;
        }
        Ok(())
    }
}

impl Serialize for Pieces {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[test]
fn a_secret_in_pieces_is_one() {
    assert_eq!(
        payload(&Masks::default(), &[Pieces]),
        r#"["\"see\"\tredis://u:[masked]@h/0"]"#
    );
}

#[test]
fn pre_encoded_json_is_looked_through() {
    let raw = RawValue::from_string(r#"{"a":["redis://u:p@h","redis:\/\/u:p@h"]}"#.to_owned());
    assert_eq!(
        payload(&Masks::default(), &raw.expect("JSON")),
        r#"{"a":["redis://u:[masked]@h","redis://u:[masked]@h"]}"#
    );
    let (mut text, mut debug) = (Fields::new(), Fields::new());
    write_json_text(&mut text, &Masks::default(), r#"{"a":"redis://u:p@h"}"#);
    let _ = write_debug(
        &mut debug,
        &Masks::default(),
        &format_args!("at redis://u:p@h"),
    );
    assert_eq!(
        text.get(Field::Payload),
        Some(r#"{"a":"redis://u:[masked]@h"}"#)
    );
    assert_eq!(
        debug.get(Field::Payload),
        Some(r#""at redis://u:[masked]@h""#)
    );
    let mut put = Fields::new();
    put.put(Field::Payload, r#"["redis://u:p@h"]"#);
    assert_eq!(put.get(Field::Payload), Some(r#"["redis://u:[masked]@h"]"#));
}

#[test]
fn a_key_of_a_map_stays_and_its_value_is_masked() {
    let map = BTreeMap::from([("redis://u:p@h", "redis://u:p@h")]);
    assert_eq!(
        payload(&Masks::default(), &map),
        r#"{"redis://u:p@h":"redis://u:[masked]@h"}"#
    );
}

#[test]
fn both_sides_of_a_diff_are_masked_and_compared_in_clear() {
    let at = |password: &str| format!("redis://u:{password}@h");
    assert_eq!(
        diff(&json!({"a": at("p")}), &json!({"a": at("q")})),
        r#"{"a":{"from":"redis://u:[masked]@h","to":"redis://u:[masked]@h"}}"#
    );
    assert_eq!(diff(&json!({"a": at("p")}), &json!({"a": at("p")})), "");
    assert_eq!(
        diff(&json!({"a": [at("p")]}), &json!({"a": "bearer a1b2c3d4"})),
        r#"{"a":{"from":["redis://u:[masked]@h"],"to":"bearer [masked]"}}"#
    );
    assert_eq!(
        diff(&at("p"), &()),
        r#"{"value":{"from":"redis://u:[masked]@h"}}"#
    );
}

#[test]
fn values_are_scanned_or_not_as_the_masks_say() {
    let (url, masked) = (json!("redis://u:p@h"), r#""redis://u:[masked]@h""#);
    assert_eq!(payload(&Masks::none(), &url), url.to_string());
    assert_eq!(payload(&Masks::none().scan_values(true), &url), masked);
    assert_eq!(
        payload(&Masks::default().allow("note"), &json!({"note": url})),
        format!(r#"{{"note":{masked}}}"#)
    );
    let off = Masks::default().scan_values(false);
    assert_eq!(
        payload(&off, &json!({"a": url, "pw": 1})),
        r#"{"a":"redis://u:p@h","pw":"[masked]"}"#
    );
}

#[test]
fn a_mark_longer_than_its_secret_does_not_burst_the_payload() {
    let urls = "a://u:p@h ".repeat(6_500);
    assert_eq!(
        payload(&Masks::default(), &urls),
        r#"{"_oversize":{"bytes_at_least":65536}}"#
    );
    assert!(diff(&urls, &()).contains("_oversize"));
}
