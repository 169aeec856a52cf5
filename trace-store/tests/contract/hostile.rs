//! Every store accepts the rows that the default policy makes from hostile events.

use behavior_trace::policy::DefaultPolicy;
use behavior_trace_core::{
    Activity, Event, Field, Fields, Masks, Policy, Timestamp, limits, payload,
};
use uuid::Uuid;

use super::{Shelf, on_every_store};

on_every_store! {
    no_hostile_payload_is_poison
    no_hostile_text_is_poison
    no_canary_is_stored
}

fn finished(number: i64, fields: &Fields) -> Activity<'static> {
    let at = Timestamp::from_micros(1_790_000_000_000_000 + number);
    let event = Event::decode(at, fields.as_bytes());
    DefaultPolicy::new()
        .finish(Uuid::new_v4(), &event)
        .into_owned()
}

fn fields() -> Fields {
    let mut fields = Fields::new();
    fields.put(Field::Action, "user.update");
    fields.put(Field::Resource, "User");
    fields
}

/// Stores one row for each text, which serves as payload, diff and ids at once.
async fn stores(shelf: &Shelf, texts: &[String]) -> Vec<Activity<'static>> {
    let rows: Vec<_> = (0..)
        .zip(texts)
        .map(|(number, text)| {
            let mut fields = fields();
            for field in [Field::Payload, Field::Diff, Field::Ids] {
                fields.put(field, text);
            }
            finished(number, &fields)
        })
        .collect();
    shelf.connect().await.insert(&rows).await.expect("stored");
    let stored = shelf.stored().await;
    assert_eq!(stored.len(), rows.len());
    stored
}

async fn no_hostile_payload_is_poison(shelf: Shelf) {
    let nested =
        |open: &str, close: &str, levels| open.repeat(levels) + "1" + &close.repeat(levels);
    let mut texts = vec![
        nested("[", "]", limits::PAYLOAD_DEPTH - 1),
        nested("[", "]", 31),
        nested("[", "]", 10_000),
        nested(r#"{"a":"#, "}", 200),
        "x".repeat(limits::PAYLOAD_BYTES * 2),
        format!("{:?}", "x".repeat(limits::PAYLOAD_BYTES - 2)),
        format!("[{}]", "9".repeat(400)),
        format!("[{}]", vec!["{}"; 20_000].join(",")),
        format!(
            "{{{}}}",
            (0..5_000)
                .map(|key| format!(r#""{key}":0"#))
                .collect::<Vec<_>>()
                .join(",")
        ),
        format!(r#"{{"{}":1}}"#, "k".repeat(60_000)),
    ];
    texts.extend(
        [
            "",
            " ",
            "nul",
            "{",
            "[1,]",
            r#"{"a":1,"a":2}"#,
            r#"{"":""}"#,
            r#""\ud800""#,
            r#"{"\udfff":[]}"#,
            r#"{"a":"\u0000"}"#,
            "{\"a\":\"\0\"}",
            "\0",
            "[1e999]",
            "[-1E999]",
            "[1e308,5e-324,-0.0,1E5]",
            "[18446744073709551615,-9223372036854775808,340282366920938463463374607431768211455]",
            "\u{feff}{}",
            r#"{"\ud83d\ude00":"😀"}"#,
            r#"{"diff":{"_oversize":1}}"#,
            r#"{"a'; DROP TABLE x; --":"\\' OR 1=1"}"#,
            r#"{"$[0]":"$.a","a.b":{"\"":1}}"#,
            "\u{2028}\u{202e}\u{1b}[31m",
        ]
        .map(str::to_owned),
    );
    stores(&shelf, &texts).await;
}

async fn no_hostile_text_is_poison(shelf: Shelf) {
    let texts = [
        "\0",
        "😀",
        "\u{10ffff}",
        "e\u{301}",
        "\r\n\t\u{1b}[31m",
        "'\";--\\",
        "\u{202e}",
        "ÿ",
        "ﷺ",
    ];
    let facts = [
        Field::Action,
        Field::Resource,
        Field::ResourceId,
        Field::ActorType,
        Field::ActorId,
        Field::RequestId,
        Field::CorrelationId,
        Field::RouteName,
        Field::IpAddress,
        Field::UserAgent,
        Field::Reason,
        Field::ActorLabel,
        Field::Impersonator,
        Field::Count,
        Field::Commit,
    ];
    let mut sent = Vec::new();
    for (number, text) in (0..).zip(texts) {
        for (offset, times) in [(0, 1), (100, 5_000)] {
            let (mut fields, text) = (Fields::new(), text.repeat(times));
            for field in facts {
                fields.put(field, &text);
            }
            sent.push(finished(number + offset, &fields));
        }
    }
    shelf.connect().await.insert(&sent).await.expect("stored");
    let mut stored = shelf.stored().await;
    for row in stored.iter_mut().chain(&mut sent) {
        let meaning: serde_json::Value = serde_json::from_str(&row.payload).expect("JSON");
        row.payload = meaning.to_string().into();
    }
    assert_eq!(stored, sent);
}

async fn no_canary_is_stored(shelf: Shelf) {
    let mut said = Vec::new();
    for text in [
        r#"{"password":"CANARY"}"#,
        r#"{"list":[{"x-api-key":{"CANARY":"CANARY"}}]}"#,
        r#"{"pass\u0077ord":"CANARY"}"#,
        r#"{"password":"CANARY"#,
        "token=CANARY",
        r#"[{"a":{"b":{"userToken":["CANARY"]}}}]"#,
    ] {
        let mut fields = fields();
        payload::write_json_text(&mut fields, &Masks::default(), text);
        let _ = payload::write_diff(
            &mut fields,
            &Masks::default(),
            &[("before", "x")],
            &serde_json::from_str::<serde_json::Value>(text).unwrap_or_default(),
            &[],
        );
        said.push(fields);
    }
    let rows: Vec<_> = (0..)
        .zip(&said)
        .map(|(number, fields)| finished(number, fields))
        .collect();
    shelf.connect().await.insert(&rows).await.expect("stored");
    let stored = format!("{:?}", shelf.stored().await);
    assert!(
        stored.contains("[masked]") && !stored.contains("CANARY"),
        "{stored}"
    );
}
