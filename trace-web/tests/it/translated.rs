//! A language of brackets, in which no word of the page is outside.

use behavior_trace_core::Activity;
use behavior_trace_web::{Column, Scope, Texts, Timeline, Viewer};

use crate::place::{Place, event, row};
use crate::site::{get, seen_by, timeline};

fn brackets() -> Texts {
    Texts::translated("qps", |_, english| Some(format!("⟦{english}⟧")))
}

/// Elements whose content is data, not words.
const DATA: [&str; 8] = [
    "bdi", "code", "pre", "time", "del", "ins", "script", "style",
];
/// The names of the product and of formats, which no language changes.
const NAMES: [&str; 3] = ["BehaviorTrace", "JSONL", "CSV"];

/// Returns the letters of a page that are neither data nor in brackets.
fn bare(page: &str) -> String {
    let (mut depth, mut data, mut bare) = (0_i32, 0_i32, String::new());
    // A field in a row is a `span` without a class.
    let mut spans = Vec::new();
    for part in page.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap_or((part, ""));
        match tag.strip_prefix('/') {
            Some("span") => data -= spans.pop().expect("an open element"),
            Some(name) => data -= i32::from(DATA.contains(&name)),
            None if tag.starts_with("span") => {
                spans.push(i32::from(tag == "span"));
                data += i32::from(tag == "span");
            }
            None => data += i32::from(DATA.contains(&tag.split(' ').next().unwrap_or_default())),
        }
        for name in ["placeholder", "title", "aria-label", "alt"] {
            let value = tag
                .split_once(&format!(" {name}=\""))
                .and_then(|(_, rest)| rest.split_once('"'));
            // Examples in the form's fields are data, and so is a whole id.
            if let Some((value, _)) = value.filter(|_| name == "aria-label") {
                assert!(value.starts_with('⟦'), "{name}={value}");
            }
        }
        for character in text.chars() {
            match character {
                '⟦' => depth += 1,
                '⟧' => depth -= 1,
                letter if letter.is_alphabetic() && depth == 0 && data == 0 => bare.push(letter),
                _ => {}
            }
        }
    }
    assert_eq!((depth, data), (0, 0), "{page}");
    NAMES.iter().fold(bare, |bare, name| bare.replace(name, ""))
}

/// Returns rows that together have every kind of sentence.
fn rows() -> Vec<Activity<'static>> {
    let mut rows = vec![
        row(1),
        event(2, "user.create", r#"{"a":1,"b":2,"c":3}"#),
        event(3, "user.recalculate", r#"{"commit":"unknown"}"#),
        event(4, "user.assign", r#"{"diff":{"o":{"from":null,"to":"x"}}}"#),
        event(5, "user.assign", r#"{"diff":{"o":{"from":"x","to":null}}}"#),
        event(
            6,
            "user.update",
            r#"{"impersonator":"ADMIN:9","reason":"r","diff":{"a":{"from":"","to":[]},"b":{"from":"[masked]","to":"[masked]"},"c":{"to":1},"d":{"to":{"_oversize":{"bytes":1}}}}}"#,
        ),
        event(7, "user.delete", r#"{"x":{"_unrecorded":"failed"}}"#),
    ];
    let mut bulk = event(8, "note.archive", r#"{"count":12,"ids":[1,2,3,4]}"#);
    bulk.resource_id = None;
    (bulk.actor_type, bulk.actor_id) = ("SYSTEM".into(), None);
    let mut anonymous = event(9, "note.send", "{}");
    anonymous.resource_id = None;
    (anonymous.actor_type, anonymous.actor_id) = ("ANONYMOUS".into(), None);
    rows.extend([bulk, anonymous]);
    rows
}

#[tokio::test]
async fn no_word_of_any_page_is_left_out_of_the_translation() {
    let rows = rows();
    let place = Place::memory().with(&rows).await;
    let site = timeline(place.reader())
        .texts(brackets())
        .service(std::future::pending());
    let events = rows
        .iter()
        .map(|row| format!("/event/{}?at={}", row.event_id, row.occurred_at.as_micros()));
    let pages = [
        "/",
        "/?time=24h&actor=admin:1&key=reason",
        "/?actor=admin:1",
        "/?actor=admin:7&time=24h",
        "/?since=x",
        "/?after=x",
        "/resource/User/2",
        "/resource/User/6",
        "/resource/User/2?time=24h",
        "/resource/User/2?action=none",
        "/story/01a2278a-a43f-7e02-9b1f-6f0d2a7c41e8",
        "/story/01a2278a-a43f-7e02-9b1f-6f0d2a7c41e8?action=user.update",
        "/story/01a2278a-a43f-7e02-9b1f-6f0d2a7c41e8?action=none",
        "/actor/admin/1",
        "/actor/system",
        "/actor/user/99",
        "/event/00000000-0000-4000-8000-000000000000",
        "/nowhere",
    ];
    for path in pages.into_iter().map(str::to_owned).chain(events) {
        let answer = get(&site, &path).await;
        assert_eq!(bare(&answer.text), "", "{path}: {}", answer.text);
        assert!(answer.text.contains("lang=\"qps\""), "{path}");
    }
}

#[tokio::test]
async fn an_empty_table_hidden_columns_and_a_database_away_are_translated() {
    let empty = timeline(Place::memory().reader()).texts(brackets());
    assert_eq!(
        bare(&get(&empty.service(std::future::pending()), "/").await.text),
        ""
    );
    let scoped = Viewer::new("ada").only(Scope::resource_type("Order"));
    let scoped = seen_by(Timeline::new(Place::memory().reader()), scoped).texts(brackets());
    let scoped = get(&scoped.service(std::future::pending()), "/").await.text;
    assert_eq!(bare(&scoped), "", "{scoped}");
    let hidden = Viewer::new("ada").hide(Column::ALL);
    let event = row(1);
    let place = Place::memory().with(std::slice::from_ref(&event)).await;
    let hidden = seen_by(Timeline::new(place.reader()), hidden).texts(brackets());
    let path = format!("/event/{}?time=24h", event.event_id);
    let hidden = get(&hidden.service(std::future::pending()), &path)
        .await
        .text;
    assert!(
        hidden.contains("⟦Payload⟧") && hidden.contains("⟦Name of the actor⟧"),
        "{hidden}"
    );
    assert_eq!(bare(&hidden), "", "{hidden}");
    let url = "mysql://x@127.0.0.1:1/x".parse().expect("a URL");
    let away = timeline(behavior_trace_store::Reader::new(&url)).texts(brackets());
    assert_eq!(
        bare(&get(&away.service(std::future::pending()), "/").await.text),
        ""
    );
}
