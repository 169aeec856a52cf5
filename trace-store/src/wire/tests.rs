use std::borrow::Cow;

use behavior_trace_core::{Activity, Timestamp, activity};
use proptest::option;
use proptest::prelude::*;
use uuid::Uuid;

use super::version::Version;
use super::{SCHEMA_HEADER, VERSION, WireError, decode, encode};

/// A row in the form of major 1, minor 0, as it was first published. It never changes.
const FIRST: &str = r#"{"event_id":"00000000-0000-0000-0000-000000000007","occurred_at":1700000000000001,"actor_type":"USER","actor_id":7,"action":"user.update","resource":"User","resource_id":"42","payload":"{\"diff\":{}}","correlation_id":"c","request_id":"r","route_name":"/users/{id}","ip_address":"203.0.113.7","user_agent":"curl"}"#;

fn row() -> Activity<'static> {
    activity! {
        event_id: Uuid::from_u128(7),
        occurred_at: Timestamp::from_micros(1_700_000_000_000_001),
        actor_type: "USER".into(),
        actor_id: Some(7),
        action: "user.update".into(),
        resource: "User".into(),
        resource_id: Some("42".into()),
        payload: r#"{"diff":{}}"#.into(),
        correlation_id: Some("c".into()),
        request_id: Some("r".into()),
        route_name: Some("/users/{id}".into()),
        ip_address: Some("203.0.113.7".into()),
        user_agent: Some("curl".into()),
    }
}

#[test]
fn the_first_version_is_written_and_read_as_it_was_published() {
    assert_eq!(VERSION, "1.0");
    assert_eq!(SCHEMA_HEADER, "bt-schema");
    assert_eq!(Version::parse(VERSION), Some(Version::CURRENT));
    assert_eq!(encode(&row()), FIRST);
    assert_eq!(decode(Some("1.0"), FIRST.as_bytes()), Ok(row()));
    assert_eq!(decode(None, FIRST.as_bytes()), Ok(row()));
}

#[test]
fn a_later_minor_is_read_and_its_new_fields_are_ignored() {
    let later = FIRST.replacen('{', r#"{"tenant":{"id":1},"#, 1);
    assert_eq!(decode(Some("1.7"), later.as_bytes()), Ok(row()));
    assert_eq!(decode(Some("1"), later.as_bytes()), Ok(row()));
}

#[test]
fn an_unknown_major_is_an_error_of_its_own_that_has_the_bytes_unread() {
    for version in ["2.0", "0.9", "17"] {
        let bytes = b"\xff not even text";
        let Err(WireError::UnknownMajor(error)) = decode(Some(version), bytes) else {
            panic!("{version}");
        };
        assert_eq!((error.version(), error.bytes()), (version, &bytes[..]));
    }
}

#[test]
fn what_is_no_row_is_malformed_and_keeps_its_bytes() {
    let short = FIRST.replace(r#""action":"user.update","#, "");
    let nobody = FIRST.replace("00000000-0000-0000-0000-000000000007", "seven");
    for (version, text) in [
        (Some("1.0"), short.as_str()),
        (Some("1.0"), nobody.as_str()),
        (Some("1.0"), ""),
        (Some("1.0"), "[]"),
        (Some("one"), FIRST),
        (Some("+1.0"), FIRST),
        (Some("1.0.0"), FIRST),
        (Some(""), FIRST),
        (Some("1."), FIRST),
    ] {
        let error = decode(version, text.as_bytes()).expect_err(text);
        assert!(matches!(error, WireError::Malformed(_)), "{error}");
        assert_eq!(error.bytes(), text.as_bytes());
    }
}

fn text() -> impl Strategy<Value = Cow<'static, str>> {
    any::<String>().prop_map(Cow::Owned)
}

prop_compose! {
    fn rows()(
        event_id in any::<u128>(),
        occurred_at in any::<i64>(),
        (actor_type, action, resource, payload) in (text(), text(), text(), text()),
        actor_id in any::<Option<i64>>(),
        (resource_id, correlation_id, request_id) in (option::of(text()), option::of(text()), option::of(text())),
        (route_name, ip_address, user_agent) in (option::of(text()), option::of(text()), option::of(text())),
    ) -> Activity<'static> {
        activity! {
            event_id: Uuid::from_u128(event_id),
            occurred_at: Timestamp::from_micros(occurred_at),
            actor_type, actor_id, action, resource, resource_id, payload, correlation_id,
            request_id, route_name, ip_address, user_agent,
        }
    }
}

proptest! {
    #[test]
    fn every_row_comes_back_the_same_from_one_line(row in rows()) {
        let line = encode(&row);
        prop_assert!(!line.contains('\n'));
        prop_assert_eq!(decode(Some(VERSION), line.as_bytes()), Ok(row));
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in any::<Vec<u8>>(), version in option::of(any::<String>())) {
        if let Err(error) = decode(version.as_deref(), &bytes) {
            prop_assert_eq!(error.bytes(), &bytes[..]);
        }
    }
}
