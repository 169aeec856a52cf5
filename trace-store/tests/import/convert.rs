use behavior_trace_core::limits::{PAYLOAD_BYTES, PAYLOAD_DEPTH};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::import::old_row::{JsonColumn, PhpRow, SpatieRow};
use crate::import::reason::ImportReason as Reason;

fn converter(zone: &str) -> Converter {
    Converter {
        names: Names::default(),
        masks: Masks::default(),
        clock: Clock::new(zone, None).expect("a zone"),
        origin: "activity_log".to_owned(),
    }
}

fn column(text: &str) -> JsonColumn {
    JsonColumn {
        text: Some(text.to_owned()),
        bytes: Some(text.len() as u64),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the columns are nullable")]
fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn php(payload: JsonColumn) -> PhpRow {
    PhpRow {
        id: 7,
        event_id: "6d0f8b5e-6c1f-4c64-9c7e-000000000001".to_owned(),
        occurred_at: some("2026-01-02 03:04:05.000006"),
        actor_type: "ADMIN".to_owned(),
        actor_id: some("7"),
        action: "update".to_owned(),
        resource: some("user"),
        resource_id: some("42"),
        payload,
        ..PhpRow::default()
    }
}

fn spatie() -> SpatieRow {
    SpatieRow {
        id: 7,
        log_name: some("default"),
        description: "updated".to_owned(),
        event: some("updated"),
        subject_type: some("App\\Models\\OrderItem"),
        subject_id: some("42"),
        causer_type: some("App\\Models\\AdminUser"),
        causer_id: some("3"),
        created_at: some("2026-07-02 03:04:05"),
        ..SpatieRow::default()
    }
}

fn of_php(row: PhpRow) -> Converted {
    converter("UTC").convert(&OldRow::Php(row))
}

fn of_spatie(row: SpatieRow) -> Converted {
    converter("UTC").convert(&OldRow::Spatie(row))
}

/// Returns the payload of a PHP row, and whether it has the reason.
#[track_caller]
fn payload(column: JsonColumn, reason: Option<Reason>) -> Value {
    let converted = of_php(php(column));
    let mut expected = Reasons::default();
    if let Some(reason) = reason {
        expected.add(reason);
    }
    assert_eq!(converted.reasons, expected);
    serde_json::from_str(&converted.activity.payload).expect("JSON")
}

fn nested(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}

#[test]
fn an_ordinary_row_keeps_every_value_and_gets_the_new_names() {
    let Converted { activity, reasons } = of_php(php(column(r#"{"a": 1}"#)));
    assert_eq!(reasons, Reasons::default());
    assert_eq!(
        activity.event_id.to_string(),
        "6d0f8b5e-6c1f-4c64-9c7e-000000000001"
    );
    assert_eq!(
        activity.occurred_at.to_string(),
        "2026-01-02 03:04:05.000006"
    );
    assert_eq!(
        (&*activity.action, &*activity.resource),
        ("user.update", "User")
    );
    assert_eq!(activity.resource_id.as_deref(), Some("42"));
    assert_eq!(
        (&*activity.actor_type, activity.actor_id),
        ("ADMIN", Some(7))
    );
    assert_eq!(activity.payload, r#"{"a":1}"#);
}

#[test]
fn an_empty_payload_is_an_empty_object() {
    assert_eq!(
        payload(JsonColumn::default(), Some(Reason::PayloadNull)),
        json!({})
    );
    assert_eq!(
        payload(column("[ ]"), Some(Reason::PayloadEmptyList)),
        json!({})
    );
    assert_eq!(payload(column("{}"), None), json!({}));
}

#[test]
fn what_is_no_object_goes_under_value() {
    let under = Some(Reason::PayloadUnderValue);
    assert_eq!(
        payload(column("[1, null]"), under),
        json!({"value": [1, null]})
    );
    assert_eq!(payload(column("null"), under), json!({"value": null}));
    assert_eq!(
        payload(column("{'a':1}"), Some(Reason::PayloadNotJson)),
        json!({"value": "{'a':1}"})
    );
}

#[test]
fn reserved_keys_are_not_believed() {
    for key in behavior_trace_core::keys::RESERVED {
        let theirs = json!({ key: "forged", "kept": true });
        let moved = payload(
            column(&theirs.to_string()),
            Some(Reason::PayloadReservedKey),
        );
        assert_eq!(moved, json!({ "value": theirs }), "{key}");
    }
}

#[test]
fn what_is_nested_too_deep_is_kept_as_a_text() {
    for depth in [31, 100, 5000] {
        let deep = nested(depth);
        assert_eq!(
            payload(column(&deep), Some(Reason::PayloadTooDeep)),
            json!({ "value": deep })
        );
        let object = format!(r#"{{"deep": {deep}}}"#);
        assert_eq!(
            payload(column(&object), Some(Reason::PayloadTooDeep)),
            json!({ "value": object })
        );
    }
    let fits = nested(PAYLOAD_DEPTH - 2);
    let value: Value = serde_json::from_str(&fits).expect("JSON");
    assert_eq!(
        payload(column(&fits), Some(Reason::PayloadUnderValue)),
        json!({ "value": value })
    );
}

#[test]
fn what_is_too_large_is_a_mark_with_its_size() {
    let mark = |bytes: u64| json!({"_oversize": {"bytes": bytes}});
    let unread = JsonColumn {
        text: None,
        bytes: Some(9_000_000),
    };
    assert_eq!(
        payload(unread, Some(Reason::PayloadTooLarge)),
        mark(9_000_000)
    );
    let large = format!(r#"{{"text":"{}"}}"#, "x".repeat(PAYLOAD_BYTES));
    assert_eq!(
        payload(column(&large), Some(Reason::PayloadTooLarge)),
        mark(large.len() as u64)
    );
    let fits = format!(r#"{{"text":"{}"}}"#, "x".repeat(PAYLOAD_BYTES - 200));
    assert_eq!(
        payload(column(&fits), None)["text"].as_str().map(str::len),
        Some(PAYLOAD_BYTES - 200)
    );
}

#[test]
fn numbers_that_no_server_holds_are_texts_and_secrets_are_masked() {
    assert_eq!(
        payload(column(r#"{"a":1.0,"b":0.5,"c":9223372036854775807}"#), None)["c"],
        json!(i64::MAX)
    );
    assert_eq!(
        payload(
            column(r#"{"a":18446744073709551616}"#),
            Some(Reason::NumberAsText)
        )["a"],
        json!("18446744073709551616")
    );
    assert_eq!(
        payload(column(r#"{"password":"hunter2"}"#), Some(Reason::Masked))["password"],
        json!("[masked]")
    );
    let mut unmasked = converter("UTC");
    unmasked.masks = Masks::none();
    let row = unmasked.convert(&OldRow::Php(php(column(r#"{"password":"hunter2"}"#))));
    assert_eq!(row.activity.payload, r#"{"password":"hunter2"}"#);
}

#[test]
fn an_actors_id_beyond_64_bits_goes_to_the_payload() {
    let mut row = php(column("{}"));
    row.actor_id = some("18446744073709551615");
    let Converted { activity, reasons } = of_php(row);
    assert_eq!(activity.actor_id, None);
    assert_eq!(activity.payload, r#"{"actor_ref":"18446744073709551615"}"#);
    assert!(reasons.has(Reason::ActorIdAsRef));
}

#[test]
fn texts_follow_the_recorders_rules() {
    let mut row = php(column("{}"));
    row.event_id = "17".to_owned();
    row.actor_type = "CRON JOB".to_owned();
    row.request_id = some(&"😀".repeat(100));
    row.route_name = some("");
    row.action = "report_run".to_owned();
    row.resource = None;
    row.resource_id = None;
    let Converted { activity, reasons } = of_php(row);
    for reason in [
        Reason::EventIdMade,
        Reason::ActorTypeNormalised,
        Reason::TextClipped,
        Reason::EmptyAsNull,
        Reason::NameUnmapped,
    ] {
        assert!(reasons.has(reason), "{reason}");
    }
    assert_eq!(activity.event_id, converter("UTC").made_id(7));
    assert_eq!(activity.actor_type, "CRON_JOB");
    assert_eq!(
        activity.request_id.as_deref(),
        Some(&*("😀".repeat(63) + "…"))
    );
    assert_eq!(activity.route_name, None);
    assert_eq!((&*activity.action, &*activity.resource), ("report_run", ""));
    let mut row = php(column("{}"));
    row.action = "login".to_owned();
    assert!(of_php(row).reasons.has(Reason::NameOfOtherDomain));
}

#[test]
fn changes_of_the_fourth_version_become_a_diff() {
    let mut row = spatie();
    row.properties = column(
        r#"{"attributes": {"name": "b", "price": 12, "note": null}, "old": {"name": "a", "price": 10.5, "note": null}, "ip": "::1"}"#,
    );
    row.batch_uuid = some("b6f3c2d1-0000-4000-8000-00000000abcd");
    let Converted { activity, reasons } = of_spatie(row);
    assert_eq!(reasons, Reasons::default());
    assert_eq!(
        (&*activity.action, &*activity.resource),
        ("order_item.update", "OrderItem")
    );
    assert_eq!(
        (&*activity.actor_type, activity.actor_id),
        ("ADMIN_USER", Some(3))
    );
    assert_eq!(
        activity.correlation_id.as_deref(),
        Some("b6f3c2d1-0000-4000-8000-00000000abcd")
    );
    let payload: Value = serde_json::from_str(&activity.payload).expect("JSON");
    assert_eq!(
        payload,
        json!({
            "diff": {"name": {"from": "a", "to": "b"}, "price": {"from": 10.5, "to": 12}},
            "properties": {"ip": "::1"},
        })
    );
}

#[test]
fn the_fifth_version_has_the_same_in_two_columns() {
    let mut row = spatie();
    row.attribute_changes = column(r#"{"attributes":{"name":"b"},"old":[]}"#);
    row.properties = column(r#"{"group":"g-1"}"#);
    let Converted { activity, .. } = of_spatie(row);
    assert_eq!(activity.correlation_id.as_deref(), Some("g-1"));
    let payload: Value = serde_json::from_str(&activity.payload).expect("JSON");
    assert_eq!(
        payload,
        json!({"diff": {"name": {"to": "b"}}, "properties": {"group": "g-1"}})
    );
}

#[test]
fn a_row_of_activity_without_a_model_keeps_its_description() {
    let mut row = spatie();
    (row.event, row.subject_type, row.subject_id) = (None, None, None);
    (row.causer_type, row.causer_id) = (None, None);
    row.description = "Looked mail".to_owned();
    row.log_name = some("mail");
    row.properties = column(r#"{"actor_ref":"root"}"#);
    row.created_at = None;
    let Converted { activity, reasons } = of_spatie(row);
    assert_eq!(
        (&*activity.action, &*activity.resource),
        ("Looked mail", "")
    );
    assert_eq!(
        (&*activity.actor_type, activity.actor_id),
        ("ANONYMOUS", None)
    );
    assert_eq!(
        activity.payload,
        r#"{"properties":{"actor_ref":"root"},"description":"Looked mail","log_name":"mail"}"#
    );
    assert!(reasons.has(Reason::NameUnmapped) && reasons.has(Reason::TimeMissing));
}

#[test]
fn ids_that_are_no_numbers_and_large_changes_are_kept_or_marked() {
    let mut row = spatie();
    row.causer_id = some("8f14e45f-ceea-467f-9575-1e2b5d5a6b2c");
    row.subject_id = some("01HZX");
    row.attribute_changes = column(&format!(
        r#"{{"attributes":{{"text":"{}"}}}}"#,
        "x".repeat(PAYLOAD_BYTES)
    ));
    let Converted { activity, reasons } = of_spatie(row);
    assert_eq!(activity.resource_id.as_deref(), Some("01HZX"));
    assert!(reasons.has(Reason::ActorIdAsRef) && reasons.has(Reason::DiffTooLarge));
    let payload: Value = serde_json::from_str(&activity.payload).expect("JSON");
    assert_eq!(
        payload["actor_ref"],
        json!("8f14e45f-ceea-467f-9575-1e2b5d5a6b2c")
    );
    assert_eq!(
        payload["diff"],
        json!({"_oversize": {"bytes_at_least": PAYLOAD_BYTES}})
    );
}

#[test]
fn changes_that_are_nested_too_deep_are_marked_and_counted() {
    let mut row = spatie();
    row.attribute_changes = column(&format!(
        r#"{{"attributes":{{"deep":{},"kept":1}}}}"#,
        nested(30)
    ));
    let Converted { activity, reasons } = of_spatie(row);
    assert!(reasons.has(Reason::PayloadTooDeep), "{activity:?}");
    let payload: Value = serde_json::from_str(&activity.payload).expect("JSON");
    assert_eq!(payload["diff"]["kept"], json!({"to": 1}), "{payload}");
    assert!(activity.payload.contains("[too deep]"), "{payload}");
}

#[test]
fn made_ids_depend_on_origin_and_id_alone() {
    let mut converter = converter("UTC");
    let id = converter.made_id(7);
    assert_eq!(id.get_version_num(), 5);
    assert_ne!(id, converter.made_id(8));
    converter.origin = "shop".to_owned();
    assert_ne!(id, converter.made_id(7));
    // The ids of rows that were imported by an earlier release must not change.
    assert_eq!(id.to_string(), "8a6cef8a-498a-51c0-804c-48ca324c67cd");
}

/// JSON that a server may hold.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("finite", |number| number.is_finite())
            .prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let key = prop_oneof![
        "[a-z]{1,4}",
        prop::sample::select(behavior_trace_core::keys::RESERVED.to_vec()).prop_map(str::to_owned),
        prop::sample::select(vec!["attributes", "old", "group", "password"])
            .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(6, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_column() -> impl Strategy<Value = JsonColumn> {
    prop_oneof![
        Just(JsonColumn::default()),
        any_json().prop_map(|json| column(&json.to_string())),
        (0_usize..200).prop_map(|depth| column(&nested(depth))),
        ".{0,30}".prop_map(|text| column(&text)),
        (0_u64..1 << 40).prop_map(|bytes| JsonColumn {
            text: None,
            bytes: Some(bytes)
        }),
        (60_000_usize..70_000)
            .prop_map(|length| column(&format!(r#"{{"x":"{}"}}"#, "y".repeat(length)))),
    ]
}

fn any_text() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        Just(None),
        Just(some("")),
        "[0-9]{1,20}".prop_map(Some),
        ".{0,600}".prop_map(Some),
    ]
}

fn any_time() -> impl Strategy<Value = Option<String>> {
    prop_oneof![
        Just(None),
        Just(some("0000-00-00 00:00:00")),
        (-30_610_224_000_000_000_i64..253_402_300_800_000_000)
            .prop_map(|micros| Some(Timestamp::from_micros(micros).to_string())),
    ]
}

prop_compose! {
    fn any_php()(
        payload in any_column(),
        texts in prop::collection::vec(any_text(), 10),
        occurred_at in any_time(),
        event_id in prop_oneof![any::<u128>().prop_map(|id| Uuid::from_u128(id).to_string()), Just("x".to_owned())],
    ) -> OldRow {
        let mut texts = texts.into_iter();
        let mut text = || texts.next().flatten();
        OldRow::Php(PhpRow {
            id: 1,
            event_id,
            occurred_at,
            actor_type: text().unwrap_or_default(),
            actor_id: text(),
            action: text().unwrap_or_default(),
            resource: text(),
            resource_id: text(),
            payload,
            correlation_id: text(),
            request_id: text(),
            route_name: text(),
            ip_address: text(),
            user_agent: text(),
        })
    }
}

prop_compose! {
    fn any_spatie()(
        properties in any_column(),
        attribute_changes in any_column(),
        texts in prop::collection::vec(any_text(), 9),
        created_at in any_time(),
    ) -> OldRow {
        let mut texts = texts.into_iter();
        let mut text = || texts.next().flatten();
        OldRow::Spatie(SpatieRow {
            id: 1,
            log_name: text(),
            description: text().unwrap_or_default(),
            subject_type: text(),
            subject_id: text(),
            causer_type: text(),
            causer_id: text(),
            properties,
            created_at,
            event: text(),
            batch_uuid: text(),
            attribute_changes,
        })
    }
}

fn is_within_limits(activity: &Activity<'_>) -> bool {
    let fits = |text: &str, limit: usize| text.chars().count() <= limit;
    let optional = |text: &Option<std::borrow::Cow<'_, str>>, limit| {
        text.as_deref()
            .is_none_or(|text| !text.is_empty() && fits(text, limit))
    };
    fits(&activity.action, limits::ACTION)
        && fits(&activity.resource, limits::RESOURCE)
        && fits(&activity.actor_type, limits::ACTOR_TYPE)
        && !activity.actor_type.is_empty()
        && optional(&activity.resource_id, limits::RESOURCE_ID)
        && optional(&activity.correlation_id, limits::CORRELATION_ID)
        && optional(&activity.request_id, limits::REQUEST_ID)
        && optional(&activity.route_name, limits::ROUTE_NAME)
        && optional(&activity.ip_address, limits::IP_ADDRESS)
        && optional(&activity.user_agent, limits::USER_AGENT)
        && activity.payload.len() <= PAYLOAD_BYTES
        && columns::is_within(&activity.payload, PAYLOAD_DEPTH)
        && serde_json::from_str::<Value>(&activity.payload).is_ok_and(|payload| payload.is_object())
}

proptest! {
    #[test]
    fn every_row_becomes_one_that_a_store_takes(row in prop_oneof![any_php(), any_spatie()]) {
        let converted = converter("Europe/Berlin").convert(&row);
        prop_assert!(is_within_limits(&converted.activity), "{converted:?}");
    }

    #[test]
    fn the_same_row_becomes_the_same_in_every_run(row in prop_oneof![any_php(), any_spatie()]) {
        prop_assert_eq!(converter("UTC").convert(&row), converter("UTC").convert(&row));
    }

    /// The recorder's own keys are never those of an old row, but the diff that is made of its changes.
    #[test]
    fn no_old_row_speaks_for_the_recorder(row in any_php()) {
        let converted = converter("UTC").convert(&row);
        let payload: Value = serde_json::from_str(&converted.activity.payload).expect("JSON");
        let ours = behavior_trace_core::keys::RESERVED;
        let found: Vec<_> = ours.iter().filter(|key| payload.get(**key).is_some()).collect();
        let is_ref = converted.reasons.has(Reason::ActorIdAsRef);
        prop_assert_eq!(found, if is_ref { vec![&"actor_ref"] } else { vec![] });
    }

    /// A row without a reason is the old one, value by value.
    #[test]
    fn what_is_not_noted_did_not_change(payload in any_column(), actor in "[A-Z_]{1,32}", id in any::<i64>()) {
        let mut row = php(payload);
        row.actor_type = actor;
        row.actor_id = Some(id.to_string());
        let Converted { activity, reasons } = of_php(row.clone());
        prop_assert_eq!(activity.actor_type, row.actor_type);
        prop_assert_eq!(activity.actor_id, Some(id));
        if reasons == Reasons::default() {
            let before: Value = serde_json::from_str(row.payload.text.as_deref().expect("not NULL")).expect("JSON");
            let after: Value = serde_json::from_str(&activity.payload).expect("JSON");
            prop_assert_eq!(before, after);
        }
    }
}
