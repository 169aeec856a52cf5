//! Names that the application gives.

use std::sync::{Arc, Mutex};

use behavior_trace_core::Activity;
use behavior_trace_web::{
    Column, DisplayNames, NameRequest, Timeline, TimelineService, Viewer, ViewerOf,
};
use http_body_util::BodyExt as _;
use tower_service::Service as _;

use crate::place::{Place, STORY, event, row};
use crate::site::{get, page, seen_by, timeline, words};

/// Returns a row of the user 7, whose name is not recorded, about the user 9.
fn nameless() -> Activity<'static> {
    let mut row = event(9, "user.update", r#"{"diff":{"a":{"to":1}}}"#);
    (row.actor_type, row.actor_id) = ("USER".into(), Some(7));
    row
}

fn named(
    timeline: Timeline<ViewerOf>,
    names: [(&'static str, &'static str); 2],
) -> TimelineService {
    let timeline = timeline.names(move |_| async move {
        let mut all = DisplayNames::new();
        all.insert_actor("user", 7, names[0].0);
        all.insert_actor("ADMIN", 1, "Another");
        all.insert_resource("User", 9, names[0].1);
        all.insert_resource("User", "9", names[1].1);
        all
    });
    timeline.service(std::future::pending())
}

const ADA: [(&str, &str); 2] = [("Ada Lovelace", ""), ("", "Mary Somerville")];

/// Returns an address of each page that shows a row.
fn pages(row: &Activity<'_>) -> Vec<String> {
    vec![
        "/".to_owned(),
        "/resource/User/9".to_owned(),
        format!("/story/{STORY}"),
        format!("/event/{}?at={}", row.event_id, row.occurred_at.as_micros()),
        "/actor/user/7".to_owned(),
    ]
}

#[tokio::test]
async fn a_name_is_beside_kind_and_id_on_every_page_and_in_the_tail() {
    let row = nameless();
    let place = Place::memory().with(std::slice::from_ref(&row)).await;
    let site = named(timeline(place.reader()), ADA);
    for path in pages(&row) {
        let text = words(&page(&site, &path).await);
        assert!(text.contains("Ada Lovelace user 7"), "{path}: {text}");
        assert!(text.contains("User 9 Mary Somerville"), "{path}: {text}");
    }
    let request = http::Request::get("/tail?after=0")
        .body(())
        .expect("a request");
    let mut tail = site
        .clone()
        .call(request)
        .await
        .expect("an answer")
        .into_body();
    let frame = tail.frame().await.expect("a frame").expect("no error");
    let text = String::from_utf8(frame.into_data().expect("data").to_vec()).expect("UTF-8");
    assert!(
        words(&text).contains("Ada Lovelace user 7 changed a of User 9 Mary Somerville"),
        "{text}"
    );
    for export in ["/export.csv", "/export.jsonl"] {
        let text = page(&site, export).await;
        assert!(!text.contains("Ada") && !text.contains("Mary"), "{text}");
    }
}

#[tokio::test]
async fn the_recorded_name_stays() {
    let place = Place::memory().with(&[row(1)]).await;
    let text = words(&page(&named(timeline(place.reader()), ADA), "/").await);
    assert!(
        text.contains("Grace admin 1") && !text.contains("Another"),
        "{text}"
    );
}

#[tokio::test]
async fn a_hostile_name_stays_text_and_an_empty_one_is_none() {
    let place = Place::memory().with(&[nameless()]).await;
    let hostile = [("<b>\u{202e}Ada", ""), ("", "\"><img src=x>")];
    let page_of = page(&named(timeline(place.reader()), hostile), "/").await;
    assert!(
        !page_of.contains("<img") && !page_of.contains('\u{202e}'),
        "{page_of}"
    );
    assert!(
        page_of.contains("&lt;b&gt;<i class=\"x\">U+202E</i>Ada"),
        "{page_of}"
    );
    let blank = [(" ", ""), ("", "\n")];
    let text = words(&page(&named(timeline(place.reader()), blank), "/").await);
    assert!(text.contains("User 7 changed a of User 9"), "{text}");
}

/// Returns a site that notes what it is asked for.
fn noting(timeline: Timeline<ViewerOf>) -> (TimelineService, Arc<Mutex<Vec<NameRequest>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&asked);
    let timeline = timeline.names(move |request| {
        noted.lock().expect("no panic").push(request);
        std::future::ready(DisplayNames::new())
    });
    (timeline.service(std::future::pending()), asked)
}

#[tokio::test]
async fn a_page_asks_once_for_each_of_its_actors_and_resources() {
    let mut impersonated = event(
        9,
        "user.update",
        r#"{"impersonator":"ADMIN:4","actor_ref":"x-7"}"#,
    );
    (impersonated.actor_type, impersonated.actor_id) = ("USER".into(), None);
    let mut system = event(9, "user.update", "{}");
    (system.actor_type, system.actor_id, system.resource_id) = ("SYSTEM".into(), None, None);
    let place = Place::memory()
        .with(&[row(1), row(1), row(9), nameless(), impersonated, system])
        .await;
    let (site, asked) = noting(timeline(place.reader()));
    page(&site, "/").await;
    let asked = asked.lock().expect("no panic");
    let [request] = &asked[..] else {
        panic!("{asked:?}")
    };
    let actors: Vec<_> = request.actors().collect();
    assert_eq!(
        actors,
        [
            ("ADMIN", "1"),
            ("ADMIN", "4"),
            ("USER", "7"),
            ("USER", "x-7")
        ]
    );
    let resources: Vec<_> = request.resources().collect();
    assert_eq!(resources, [("User", "1"), ("User", "9")]);
    assert_eq!(request.actor_ids("admin").collect::<Vec<_>>(), ["1", "4"]);
    assert_eq!(request.resource_ids("Order").count(), 0);
}

#[tokio::test]
async fn a_page_without_rows_asks_for_no_name() {
    let (site, asked) = noting(timeline(Place::memory().reader()));
    for path in ["/", "/nowhere", "/actor/user/7", "/?since=x"] {
        get(&site, path).await;
    }
    assert!(asked.lock().expect("no panic").is_empty());
}

#[tokio::test]
async fn no_name_of_an_actor_is_asked_for_where_names_are_hidden() {
    let place = Place::memory().with(&[nameless()]).await;
    for hidden in [Column::ActorLabel, Column::Payload] {
        let page_of = Timeline::new(place.reader()).hide([hidden]);
        let (site, asked) = noting(seen_by(page_of, Viewer::new("ada")));
        page(&site, "/").await;
        let asked = asked.lock().expect("no panic");
        assert_eq!(
            (asked[0].actors().count(), asked[0].resources().count()),
            (0, 1)
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_function_that_panics_or_is_slow_breaks_no_page() {
    let place = Place::memory().with(&[nameless()]).await;
    let panics_at_once = timeline(place.reader()).names(|request| {
        assert!(request.actors().count() == 9, "at once");
        async { DisplayNames::new() }
    });
    let panics = timeline(place.reader()).names(|request| async move {
        assert!(request.actors().count() == 9, "later");
        DisplayNames::new()
    });
    let hangs = timeline(place.reader()).names(|_| std::future::pending());
    for (timeline, seconds) in [(panics_at_once, 0), (panics, 0), (hangs, 1)] {
        let site = timeline.service(std::future::pending());
        let begun = tokio::time::Instant::now();
        let text = words(&page(&site, "/").await);
        assert!(text.contains("User 7 changed a of User 9"), "{text}");
        assert_eq!(begun.elapsed().as_secs(), seconds);
    }
}
