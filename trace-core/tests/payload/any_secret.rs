//! What holds for any secret of the known shapes, and for any text without one.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::field::Field;
use crate::fields::Fields;
use crate::payload::{Masks, rewrite, write_debug, write_diff, write_payload};

/// A text with a secret in it, and what of that must not show.
fn secrets() -> impl Strategy<Value = (String, String)> {
    let key = |before: &'static [&'static str], characters: &'static str| {
        (prop::sample::select(before), characters)
            .prop_map(|(before, secret)| (format!("{before}{secret}"), secret))
    };
    prop_oneof![
        ("[a-z]{2,8}", "[a-z]{0,4}", "[!-~é\"\\\\]{4,12}").prop_map(|(scheme, user, password)| {
            // Without characters that would end a URL or could belong to its host.
            let password =
                password.replace(['/', '?', '#', '@', '<', '>', '`', '|', '\'', '"'], "x");
            (format!("{scheme}://{user}:{password}@host/db"), password)
        }),
        "[A-Za-z0-9._~+-]{6,20}[0-9][A-Z]".prop_map(|token| (format!("Bearer {token}"), token)),
        (
            "[A-Za-z0-9_-]{4,40}",
            "[A-Za-z0-9_-]{4,80}",
            "[A-Za-z0-9_-]{4,80}"
        )
            .prop_map(|(head, body, end)| (
                format!("eyJ{head}.{body}.{end}"),
                format!("{body}.{end}")
            )),
        "[A-Za-z0-9+/=]{20,60}".prop_map(|body| {
            (
                format!("-----BEGIN EC PRIVATE KEY-----\n{body}\n-----END EC PRIVATE KEY-----"),
                body,
            )
        }),
        key(
            &["ghp_", "gho_", "ghs_", "ghu_", "ghr_", "npm_"],
            "[A-Za-z0-9]{36}"
        ),
        key(
            &["sk_live_", "rk_live_", "whsec_", "github_pat_"],
            "[A-Za-z0-9]{24}"
        ),
        key(&["xoxb-", "xoxp-", "glpat-", "sk-ant-"], "[A-Za-z0-9-]{20}"),
        key(&["AIza"], "[A-Za-z0-9_-]{35}"),
        key(&["AKIA", "ASIA"], "[A-Z2-7]{16}"),
    ]
}

/// What stands around it in a text: no word goes over into the secret.
fn around() -> impl Strategy<Value = (String, String)> {
    let before = prop_oneof![
        Just(String::new()),
        "[a-z é\"\\\\\n\t\u{1}]{0,40}[ \n\t\u{1}(]"
    ];
    let behind = prop_oneof![Just(String::new()), "[ \n,)][a-z é\"\\\\\n\t\u{1}]{0,40}"];
    (before, behind)
}

fn shown(field: Field, write: impl FnOnce(&mut Fields, &Masks)) -> String {
    let mut fields = Fields::new();
    write(&mut fields, &Masks::default());
    fields.get(field).unwrap_or_default().to_owned()
}

/// Every string in a JSON text, keys included, one after the other.
fn strings(value: &Value, into: &mut String) {
    match value {
        Value::String(text) => into.extend([text, "\0"]),
        Value::Array(list) => list.iter().for_each(|value| strings(value, into)),
        Value::Object(map) => map.values().for_each(|value| strings(value, into)),
        _ => {}
    }
}

fn says(text: &str, secret: &str) -> bool {
    let mut all = String::new();
    strings(&serde_json::from_str(text).expect("JSON"), &mut all);
    all.contains(secret)
}

proptest! {
    #[test]
    fn no_secret_shows_wherever_it_stands(
        (text, secret) in secrets(),
        (before, behind) in around(),
        depth in 0..6_usize,
        in_list in any::<bool>(),
    ) {
        let mut value = json!(format!("{before}{text}{behind}"));
        for level in 0..depth {
            value = if in_list && level % 2 == 0 { json!([value, "a"]) } else { json!({ "k": value, "b": 1 }) };
        }
        let whole = value.to_string();
        let mut written = vec![
            shown(Field::Payload, |fields, masks| { let _ = write_payload(fields, masks, &value); }),
            shown(Field::Payload, |fields, masks| { let _ = write_debug(fields, masks, &format_args!("{whole}")); }),
        ];
        for (from, to) in [(json!({"k": value}), json!({"k": 1})), (json!({}), json!({"k": value})), (value.clone(), json!([]))] {
            written.push(shown(Field::Diff, |fields, masks| { let _ = write_diff(fields, masks, &from, &to, &[]); }));
        }
        let mut out = Vec::new();
        rewrite(&mut out, &Masks::default(), &whole);
        written.push(String::from_utf8(out).expect("UTF-8"));
        for text in written {
            prop_assert!(!says(&text, &secret), "{} in {}", secret, text);
        }
        let reason = format!("{before}{text}{behind}");
        let masked = Masks::default().mask_text(&reason).into_owned();
        prop_assert!(!masked.contains(&secret), "{} in {}", secret, masked);
        prop_assert!(masked.starts_with(&*before) && masked.ends_with(&*behind));
    }

    #[test]
    fn a_changed_secret_shows_as_changed(one in "[A-Za-z0-9]{36}", other in "[A-Za-z0-9]{36}") {
        let key = |secret: &str| json!({ "note": format!("ghp_{secret}") });
        let diff = shown(Field::Diff, |fields, masks| { let _ = write_diff(fields, masks, &key(&one), &key(&other), &[]); });
        let expected = if one == other { "" } else { r#"{"note":{"from":"[masked]","to":"[masked]"}}"# };
        prop_assert_eq!(diff, expected);
    }

    #[test]
    fn a_text_without_a_secret_is_written_as_it_is(text in "[A-Za-z0-9 .,;!?()'\"\\\\é😀\n\t\u{1}-]{0,120}") {
        let plain = json!({ "note": text, "list": [text] });
        let payload = shown(Field::Payload, |fields, masks| { let _ = write_payload(fields, masks, &plain); });
        prop_assert_eq!(payload, plain.to_string());
        let masks = Masks::default();
        prop_assert_eq!(masks.mask_text(&text), &*text);
    }

    #[test]
    fn whatever_the_text_it_stays_one(text in any::<String>(), part in "://|:|@|Bearer |eyJ|-|_|=|ghp_|…|a1", times in 0..40_usize) {
        let text = format!("{text}{}{text}", part.repeat(times));
        let payload = shown(Field::Payload, |fields, masks| { let _ = write_payload(fields, masks, &text); });
        prop_assert!(serde_json::from_str::<String>(&payload).is_ok(), "{}", payload);
        let masks = Masks::default();
        prop_assert_eq!(masks.scan_values(false).mask_text(&text), &*text);
    }
}
