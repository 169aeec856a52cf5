//! The payload column: one JSON object of the reserved keys and the application's value.

use std::borrow::Cow;
use std::io::Write;

use super::clip;
use super::json::{JsonShape, inspect, shape};
use super::reserved::{OUR_WORD, reserved};
use crate::event::{Event, Json};
use crate::limits::{NAME, PAYLOAD_BYTES, PAYLOAD_DEPTH};
use crate::masking::Masks;
use crate::payload;

/// Maximum characters of a reason.
const REASON: usize = 2000;
/// Maximum characters of a count or of a commit state.
const WORD: usize = 32;
/// Maximum bytes of the sample of ids.
const IDS: usize = 16 * 1024;
/// Bytes reserved for the markers that replace oversized parts.
const MARKERS: usize = 128;

/// Assembles the payload: at most 64 KiB and 24 levels deep, for any input.
///
/// An object of the application is merged with the reserved keys. It goes under `value` as a whole if it has a reserved key
/// that is in use, or one that names the actor or the state of the commit. Any value that is not an object goes there too.
/// A part that does not fit becomes a marker: first the application's value, then the diff.
pub(super) fn assemble<'a>(
    event: &Event<'a>,
    actor_ref: Option<&str>,
    masks: &Masks,
) -> Cow<'a, str> {
    let diff = event.diff.map(|diff| match written(diff) {
        Some(text) => Cow::Borrowed(text),
        None => sound(diff, masks).0,
    });
    let said = event.payload.map(|said| sound(said, masks));
    let mut object = Object::default();
    // Free text may hold a secret. Values that people search for are not masked.
    for (key, text, characters, is_free) in [
        ("reason", event.reason, REASON, true),
        ("impersonator", event.impersonator, NAME, false),
        ("actor_ref", actor_ref, NAME, false),
        ("actor_label", event.actor_label, NAME, true),
        ("commit", event.commit, WORD, false),
    ] {
        let Some(text) = text.map(|text| clip(text, characters)) else {
            continue;
        };
        if is_free {
            object.text(key, &masks.mask_text(&text));
        } else {
            object.text(key, &text);
        }
    }
    match event.count.map(|count| (count, count.parse::<u64>())) {
        Some((_, Ok(count))) => object.member("count", &count.to_string()),
        Some((count, Err(_))) => object.text("count", &clip(count, WORD)),
        None => {}
    }
    if let Some(ids) = event.ids {
        let ids = sound(Json::untrusted(ids), masks).0;
        object.member_or_marker("ids", &ids, IDS);
    }
    if let Some(diff) = diff {
        let room = object.room();
        object.member_or_marker("diff", &diff, room);
    }
    match said {
        // The fast path: most events have an object of the application and no reserved key.
        Some((said, JsonShape::Object(keys))) if object.is_empty() && keys & OUR_WORD == 0 => {
            if said.len() <= object.room() && said.starts_with('{') && said.ends_with('}') {
                return said;
            }
            object.user(&said, JsonShape::Object(keys));
        }
        Some((said, shape)) => object.user(&said, shape),
        None => {}
    }
    Cow::Owned(object.end())
}

/// Returns the text without a check, if the recorder's encoder wrote it and it is not too long.
fn written(json: Json<'_>) -> Option<&str> {
    let text = json.as_str();
    (json.is_trusted() && text.len() <= PAYLOAD_BYTES).then_some(text)
}

/// Returns the text if it is JSON that every store takes, else the closest JSON to it.
fn sound<'a>(json: Json<'a>, masks: &Masks) -> (Cow<'a, str>, JsonShape) {
    let text = json.as_str();
    if written(json).is_some() {
        // Finding the reserved keys of an object takes a full parse.
        if !text.starts_with('{') {
            return (Cow::Borrowed(text), JsonShape::Other);
        }
        if json.has_no_reserved_keys() {
            return (Cow::Borrowed(text), JsonShape::Object(0));
        }
    }
    // One level is reserved for the enclosing object.
    if let Some(shape) = inspect(text, PAYLOAD_BYTES, PAYLOAD_DEPTH - 1, reserved) {
        return (Cow::Borrowed(text), shape);
    }
    let mut out = Vec::new();
    payload::rewrite(&mut out, masks, text);
    let text = String::from_utf8(out).unwrap_or_default();
    match shape(&text, reserved) {
        Some(shape) => (Cow::Owned(text), shape),
        None => (
            Cow::Borrowed(r#"{"_unrecorded":"not JSON"}"#),
            JsonShape::Object(0),
        ),
    }
}

/// Object under construction. Most stay empty and allocate nothing.
#[derive(Default)]
struct Object {
    /// Text without the closing bracket. An empty object has no text at all.
    text: Vec<u8>,
    keys: u8,
}

impl Object {
    const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Returns the bytes left for one more value.
    fn room(&self) -> usize {
        PAYLOAD_BYTES.saturating_sub(self.text.len() + MARKERS)
    }

    /// Writes the opening bracket before the first member, and a comma before any other.
    fn join(&mut self) {
        self.text.push(if self.is_empty() { b'{' } else { b',' });
    }

    fn key(&mut self, key: &str) {
        self.join();
        // Writing to memory cannot fail, here and below.
        let _ = write!(self.text, "\"{key}\":");
        self.keys |= reserved(key);
    }

    fn text(&mut self, key: &str, text: &str) {
        self.key(key);
        let _ = serde_json::to_writer(&mut self.text, text);
    }

    fn member(&mut self, key: &str, json: &str) {
        self.key(key);
        self.text.extend_from_slice(json.as_bytes());
    }

    fn member_or_marker(&mut self, key: &str, json: &str, room: usize) {
        if json.len() <= room {
            return self.member(key, json);
        }
        self.key(key);
        self.oversize(json);
    }

    fn oversize(&mut self, json: &str) {
        let _ = write!(self.text, r#"{{"_oversize":{{"bytes":{}}}}}"#, json.len());
    }

    fn user(&mut self, json: &str, shape: JsonShape) {
        if json.len() > self.room() {
            self.key("value");
            return self.oversize(json);
        }
        match shape {
            JsonShape::Object(keys) if keys & (self.keys | OUR_WORD) == 0 => {
                let inside = json.trim();
                let inside = inside[1..inside.len() - 1].trim();
                if !inside.is_empty() {
                    self.join();
                    self.text.extend_from_slice(inside.as_bytes());
                }
            }
            _ => self.member("value", json),
        }
    }

    fn end(mut self) -> String {
        if self.is_empty() {
            self.text.push(b'{');
        }
        self.text.push(b'}');
        String::from_utf8(self.text).unwrap_or_else(|_| "{}".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> Event<'static> {
        Event::default()
    }

    fn put_together<'a>(event: &Event<'a>) -> Cow<'a, str> {
        let text = assemble(event, None, &Masks::default());
        assert!(text.len() <= PAYLOAD_BYTES);
        assert!(
            serde_json::from_str::<serde_json::Value>(&text).is_ok_and(|json| json.is_object()),
            "{text}"
        );
        text
    }

    fn of_payload(payload: &str) -> String {
        let mut event = event();
        event.payload = Some(Json::untrusted(payload));
        put_together(&event).into_owned()
    }

    #[test]
    fn nothing_said_is_an_empty_object() {
        assert_eq!(put_together(&event()), "{}");
        assert_eq!(of_payload("{}"), "{}");
    }

    #[test]
    fn an_object_is_merged_and_anything_else_goes_under_value() {
        assert_eq!(
            of_payload(r#"{"a":1,"reason":"theirs"}"#),
            r#"{"a":1,"reason":"theirs"}"#
        );
        assert_eq!(of_payload("[1]"), r#"{"value":[1]}"#);
        assert_eq!(of_payload("null"), r#"{"value":null}"#);
        let mut event = event();
        (event.reason, event.payload) = (Some("ours\n"), Some(Json::untrusted(r#" { "a" : 1 } "#)));
        assert_eq!(put_together(&event), r#"{"reason":"ours\n","a" : 1}"#);
        event.payload = Some(Json::untrusted("{ }"));
        assert_eq!(put_together(&event), r#"{"reason":"ours\n"}"#);
    }

    #[test]
    fn all_reserved_keys_stand_beside_the_users_own() {
        let mut event = event();
        event.diff = Some(Json::untrusted(r#"{"a":{"to":1}}"#));
        event.reason = Some("why");
        event.impersonator = Some("ADMIN:7");
        event.actor_label = Some("Ada");
        event.count = Some("3");
        event.ids = Some("[1,2,3]");
        event.commit = Some("unknown");
        event.payload = Some(Json::untrusted(r#"{"own":true}"#));
        let text = assemble(&event, Some("8f14e45f"), &Masks::default());
        assert_eq!(
            text,
            concat!(
                r#"{"reason":"why","impersonator":"ADMIN:7","actor_ref":"8f14e45f","actor_label":"Ada","#,
                r#""commit":"unknown","count":3,"ids":[1,2,3],"diff":{"a":{"to":1}},"own":true}"#
            )
        );
    }

    #[test]
    fn a_secret_in_a_free_text_is_masked_and_what_is_searched_for_stays() {
        let url = "redis://:CANARY@cache";
        let mut event = event();
        (event.reason, event.actor_label) = (Some(url), Some(url));
        event.impersonator = Some(url);
        assert_eq!(
            assemble(&event, None, &Masks::default()),
            r#"{"reason":"redis://:[masked]@cache","impersonator":"redis://:CANARY@cache","actor_label":"redis://:[masked]@cache"}"#
        );
        assert!(
            assemble(&event, None, &Masks::none()).contains(r#""reason":"redis://:CANARY@cache""#)
        );
        let long = format!(
            "{}postgres://u:{}@h",
            "x".repeat(REASON - 20),
            "CANARY".repeat(4)
        );
        event.reason = Some(&long);
        assert!(put_together(&event).contains(r#"xpostgres://u:[masked]…""#));
    }

    #[test]
    fn ours_stands_and_theirs_goes_under_value() {
        let mut event = event();
        (event.reason, event.payload) = (
            Some("ours"),
            Some(Json::untrusted(r#"{"reason":"theirs","a":1}"#)),
        );
        assert_eq!(
            put_together(&event),
            r#"{"reason":"ours","value":{"reason":"theirs","a":1}}"#
        );
        assert_eq!(
            of_payload(r#"{"impersonator":"forged"}"#),
            r#"{"value":{"impersonator":"forged"}}"#
        );
    }

    #[test]
    fn what_does_not_fit_is_marked_and_the_rest_is_kept() {
        let long = |length| format!(r#"{{"text":"{}"}}"#, "x".repeat(length));
        let (diff, said) = (long(40_000), long(40_000));
        let mut event = event();
        (event.reason, event.diff, event.payload) = (
            Some("why"),
            Some(Json::untrusted(&diff)),
            Some(Json::untrusted(&said)),
        );
        let text = put_together(&event);
        assert!(
            text.starts_with(r#"{"reason":"why","diff":{"text":"xx"#),
            "{text}"
        );
        assert!(
            text.ends_with(r#","value":{"_oversize":{"bytes":40011}}}"#),
            "{text}"
        );
        let foreign = long(100_000);
        assert_eq!(
            of_payload(&foreign),
            r#"{"_oversize":{"bytes_at_least":65536}}"#
        );
        let ids = format!("[{}1]", "1,".repeat(20_000));
        event.ids = Some(&ids);
        assert!(put_together(&event).contains(r#""ids":{"_oversize":{"bytes":40003}}"#));
    }

    #[test]
    fn hostile_text_becomes_json_that_every_store_takes() {
        let deep = "[".repeat(5_000) + &"]".repeat(5_000);
        assert!(of_payload(&deep).contains("too deep"));
        assert_eq!(
            of_payload(r#"{"a":"\ud800"}"#),
            r#"{"_unrecorded":"not JSON"}"#
        );
        assert_eq!(of_payload("{\"a\":1e999}"), r#"{"a":"1e999"}"#);
        assert_eq!(of_payload(r#"{"a":1e+300}"#), r#"{"a":1e+300}"#);
        assert_eq!(
            of_payload(r#"{"a":[1.10,1.1,18446744073709551616]}"#),
            r#"{"a":["1.10",1.1,"18446744073709551616"]}"#
        );
        assert_eq!(of_payload("moved\0"), r#"{"value":"moved\u0000"}"#);
        assert_eq!(
            of_payload(r#"{"password":"CANARY""#),
            r#"{"_unrecorded":"not JSON"}"#
        );
        assert_eq!(
            of_payload(r#"{"a":1}{"b":2}"#),
            r#"{"_unrecorded":"not JSON"}"#
        );
        let mut event = event();
        (event.count, event.commit, event.ids) = (Some("many"), Some("\"\n"), Some("1,2"));
        assert_eq!(
            put_together(&event),
            r#"{"commit":"\"\n","count":"many","ids":"1,2"}"#
        );
    }
}
