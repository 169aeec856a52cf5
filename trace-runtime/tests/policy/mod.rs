use behavior_trace_core::{Field, Fields, Timestamp};
use behavior_trace_core::{activity, limits};
use proptest::prelude::*;
use serde_json::Value;

use super::*;

const FIELDS: [Field; 18] = [
    Field::Action,
    Field::Resource,
    Field::ResourceId,
    Field::ActorType,
    Field::ActorId,
    Field::ActorLabel,
    Field::Impersonator,
    Field::RequestId,
    Field::CorrelationId,
    Field::RouteName,
    Field::IpAddress,
    Field::UserAgent,
    Field::Payload,
    Field::Diff,
    Field::Reason,
    Field::Count,
    Field::Ids,
    Field::Commit,
];

fn finished(fields: &Fields) -> Activity<'static> {
    let event = Event::decode(Timestamp::from_micros(7), fields.as_bytes());
    DefaultPolicy::new()
        .finish(Uuid::nil(), &event)
        .into_owned()
}

fn fields(said: &[(Field, &str)]) -> Fields {
    let mut fields = Fields::new();
    for (field, text) in said {
        fields.put(*field, text);
    }
    fields
}

#[test]
fn a_typical_event_becomes_its_row() {
    let row = finished(&fields(&[
        (Field::Action, "user.update"),
        (Field::Resource, "User"),
        (Field::ResourceId, "7"),
        (Field::ActorType, "admin"),
        (Field::ActorId, "42"),
        (Field::ActorLabel, "Ada"),
        (Field::RequestId, "r-1"),
        (Field::CorrelationId, ""),
        (Field::Diff, r#"{"email":{"from":"a@b.c","to":"d@e.f"}}"#),
    ]));
    let expected = activity! {
        event_id: Uuid::nil(),
        occurred_at: Timestamp::from_micros(7),
        actor_type: "ADMIN".into(),
        actor_id: Some(42),
        action: "user.update".into(),
        resource: "User".into(),
        resource_id: Some("7".into()),
        payload: r#"{"actor_label":"Ada","diff":{"email":{"from":"a@b.c","to":"d@e.f"}}}"#.into(),
        request_id: Some("r-1".into()),
        ..Activity::default()
    };
    assert_eq!(row, expected);
}

#[test]
fn nobody_is_anonymous_and_an_id_that_is_no_number_stands_in_the_payload() {
    let row = finished(&fields(&[(Field::ActorId, "18446744073709551615")]));
    assert_eq!((&*row.actor_type, row.actor_id), ("ANONYMOUS", None));
    assert_eq!(row.payload, r#"{"actor_ref":"18446744073709551615"}"#);
}

#[test]
fn a_level_is_refused_or_admitted() {
    let policy = DefaultPolicy::new()
        .level(Level::Facts)
        .action_level("user.*", Level::Off)
        .and_then(|policy| policy.resource_level("Order", Level::Payload))
        .unwrap();
    let admit = |action, resource| policy.admit(&Call::checked(action, resource));
    assert_eq!(
        admit("user.update", "User"),
        Admission::Refused(Refusal::Level)
    );
    assert_eq!(
        admit("order.update", "Order"),
        Admission::Admitted(Level::Payload)
    );
    assert_eq!(
        admit("page.update", "Page"),
        Admission::Admitted(Level::Facts)
    );
}

#[test]
fn a_call_of_another_domain_is_refused_unless_it_was_judged_before() {
    let policy = DefaultPolicy::new();
    let refused = Admission::Refused(Refusal::Domain);
    for action in [
        "user.view",
        "session.login",
        "role.grant",
        "secret.rotate",
        "mail.send",
        "cache.hit",
    ] {
        assert_eq!(
            policy.admit(&Call::new(action, "Thing")),
            refused,
            "{action}"
        );
    }
    for action in [
        "",
        "update",
        "User.update",
        "user..update",
        "user.update ",
        &"a.".repeat(200),
    ] {
        assert_eq!(
            policy.admit(&Call::new(action, "Thing")),
            refused,
            "{action}"
        );
    }
    for resource in ["", " User", "Us\ner", &"x".repeat(256)] {
        assert_eq!(
            policy.admit(&Call::new("user.update", resource)),
            refused,
            "{resource}"
        );
    }
    for action in ["job.create", "view.update", "mail.update", "user.update"] {
        assert_eq!(
            policy.admit(&Call::new(action, "Größe")),
            Admission::Admitted(Level::Payload),
            "{action}"
        );
    }
    assert_eq!(
        policy.admit(&Call::checked("item.list", "Item")),
        Admission::Admitted(Level::Payload)
    );
}

#[test]
fn the_list_of_masks_is_added_to_or_replaced() {
    let policy = DefaultPolicy::new().mask("salary");
    assert!(policy.masks.is_masked("salary") && policy.masks.is_masked("password"));
    let policy = policy.with_masks(Masks::none());
    assert!(!policy.masks().is_masked("salary"));
}

#[test]
fn every_kind_of_character_comes_through_as_it_is() {
    let text = "\0\u{1b}[31m\r\n\u{202e}😀é";
    let row = finished(&fields(&[(Field::ResourceId, text), (Field::Reason, text)]));
    assert_eq!(row.resource_id.as_deref(), Some(text));
    let payload: Value = serde_json::from_str(&row.payload).unwrap();
    assert_eq!(payload["reason"], text);
    assert!(
        !row.payload
            .contains(|character: char| character.is_ascii_control())
    );
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(list) => 1 + list.iter().map(depth).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => any::<String>(),
        1 => "\\PC{0,600}",
        1 => (".{1,3}", 0..20_000_usize).prop_map(|(text, times)| text.repeat(times)),
        1 => any::<i128>().prop_map(|number| number.to_string()),
    ]
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        any::<f64>().prop_map(|number| number.to_string()),
        Just("1e999".to_owned()),
        Just(r#""\ud800""#.to_owned()),
        Just("null".to_owned()),
        "[0-9]{1,400}",
        text().prop_map(|text| Value::from(text).to_string()),
    ];
    let key = prop_oneof!["diff|reason|commit|value|_oversize|password", "\\PC{0,3}"];
    leaf.prop_recursive(30, 60, 3, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3)
                .prop_map(|list| format!("[{}]", list.join(" , "))),
            prop::collection::vec((key.clone(), inner), 0..4).prop_map(|members| {
                let members: Vec<_> = members
                    .into_iter()
                    .map(|(key, value)| format!("{} : {value}", Value::from(key)))
                    .collect();
                format!(" {{ {} }} ", members.join(","))
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn no_event_becomes_a_row_that_a_store_refuses(
        said in prop::collection::vec((prop::sample::select(FIELDS.to_vec()), prop_oneof![text(), json()]), 0..20)
    ) {
        let said: Vec<_> = said.iter().map(|(field, text)| (*field, text.as_str())).collect();
        let row = finished(&fields(&said));
        let fits = |text: &str, limit| text.chars().count() <= limit;
        prop_assert!(!row.actor_type.is_empty() && fits(&row.actor_type, limits::ACTOR_TYPE));
        prop_assert!(row.actor_type.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"_.:-".contains(&byte)));
        prop_assert!(fits(&row.action, limits::ACTION) && fits(&row.resource, limits::RESOURCE));
        for (text, limit) in [
            (&row.resource_id, limits::RESOURCE_ID),
            (&row.correlation_id, limits::CORRELATION_ID),
            (&row.request_id, limits::REQUEST_ID),
            (&row.route_name, limits::ROUTE_NAME),
            (&row.ip_address, limits::IP_ADDRESS),
            (&row.user_agent, limits::USER_AGENT),
        ] {
            prop_assert!(text.as_ref().is_none_or(|text| !text.is_empty() && fits(text, limit)));
        }
        prop_assert!(row.payload.len() <= limits::PAYLOAD_BYTES);
        let payload: Value = serde_json::from_str(&row.payload)
            .map_err(|error| TestCaseError::fail(format!("{error}: {}", row.payload)))?;
        prop_assert!(payload.is_object());
        prop_assert!(depth(&payload) <= limits::PAYLOAD_DEPTH);
        for (key, field) in [("impersonator", Field::Impersonator), ("commit", Field::Commit), ("actor_label", Field::ActorLabel)] {
            prop_assert_eq!(payload.get(key).is_some(), fields(&said).has(field));
        }
    }
}
