//! Two scopes: no row of the other one, by any route.

use behavior_trace_core::{Activity, Actor};
use behavior_trace_web::{Scope, TimelineService};
use http::Request;
use http_body_util::BodyExt as _;
use proptest::prelude::*;
use tower_service::Service as _;

use crate::place::{Place, row};
use crate::site::{get, page, site_of};
use crate::sown::{RESOURCES, Seen, Sown, mark, routes, seen, sown};

/// Returns a row of a scope, with its mark in all that a page shows.
fn of(resource: &'static str, number: u32) -> Activity<'static> {
    let mut row = row(number);
    let mark = format!("{resource}-{number}");
    row.resource = resource.into();
    row.resource_id = Some(mark.clone().into());
    row.payload = format!(r#"{{"actor_label":"{mark}","reason":"{mark}"}}"#).into();
    row.request_id = Some(mark.into());
    row
}

/// Returns the first texts of a tail: its rows, or its place.
async fn first_of_tail(site: &TimelineService, path: &str, last_event: Option<&str>) -> String {
    let mut request = Request::get(path);
    if let Some(id) = last_event {
        request = request.header("last-event-id", id);
    }
    let request = request.body(()).expect("a request");
    let answer = site.clone().call(request).await.expect("an answer");
    let frame = answer.into_body().frame().await.expect("a frame");
    let data = frame.expect("no error").into_data().expect("data");
    String::from_utf8(data.to_vec()).expect("UTF-8")
}

/// Fails if an answer has a mark that is not of the scope. Returns whether it has one that is. The address of a filter may have
/// one, which is then in the form alone.
fn only_own(answer: &str, asked: &str, rows: &[Sown], scope: &Seen) -> bool {
    let mut has_own = false;
    for (number, row) in rows.iter().enumerate() {
        let mark = mark(number);
        let is_shown = answer.contains(&mark);
        if scope.has(row) {
            has_own |= is_shown;
        } else {
            let is_asked = asked.contains(&mark);
            assert!(
                is_asked || !is_shown,
                "{scope:?}: {asked} shows {mark}: {answer}"
            );
            // The reason of a row is in no address.
            let reasons = [
                format!("“<bdi>{mark}"),
                format!("\"reason\":\"{mark}"),
                format!("\"\"reason\"\":\"\"{mark}"),
            ];
            assert!(
                !reasons.iter().any(|reason| answer.contains(reason)),
                "{scope:?}: {asked} shows the reason of {mark}"
            );
        }
    }
    has_own
}

#[tokio::test]
async fn an_event_of_another_scope_is_404_on_every_store_as_one_that_is_not_there() {
    for place in Place::each("web_scope").await {
        let (own, other) = (of("Order", 1), of("User", 2));
        let place = place.with(&[own.clone(), other.clone()]).await;
        let site = site_of(place.reader(), Scope::resource_type("Order"));
        let path = |row: &Activity<'_>| {
            format!("/event/{}?at={}", row.event_id, row.occurred_at.as_micros())
        };
        assert!(page(&site, &path(&own)).await.contains("Order-1"));
        let hidden = get(&site, &path(&other)).await;
        let missing = get(&site, &path(&row(3))).await;
        assert_eq!(
            (hidden.status.as_u16(), missing.status.as_u16()),
            (404, 404)
        );
        let text = |answer: &str| answer.split("<main").nth(1).map(str::to_owned);
        let end = |text: Option<String>| {
            text.and_then(|text| text.split("<footer").next().map(str::to_owned))
        };
        assert_eq!(end(text(&hidden.text)), end(text(&missing.text)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_route_shows_a_row_of_another_scope(
        rows in prop::collection::vec(sown(), 1..10),
        scope in seen(),
        other in seen(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let stored: Vec<_> = rows.iter().enumerate().map(|(number, row)| row.row(number)).collect();
            let place = Place::memory().with(&stored).await;
            let site = site_of(place.reader(), scope.scope());
            let owns = rows.iter().any(|row| scope.has(row));
            let paths: std::collections::BTreeSet<_> = stored.iter().flat_map(routes).collect();
            let mut shown = 0;
            for path in &paths {
                let answer = get(&site, path).await;
                assert!(matches!(answer.status.as_u16(), 200 | 404), "{path}: {}", answer.status);
                shown += usize::from(only_own(&answer.text, path, &rows, &scope));
            }
            assert_eq!(shown > 0, owns);

            // The live tail: from the begin, by a place in the address, in the header, and of another viewer.
            let others = site_of(place.reader(), other.scope());
            let theirs = first_of_tail(&others, "/tail?after=0", None).await;
            let position = theirs.strip_prefix("id: ").and_then(|rest| rest.split('\n').next()).expect("a place").to_owned();
            for (path, last_event) in [
                ("/tail?after=0", None),
                ("/tail?after=999", Some("0")),
                ("/tail?action=order.*&after=0", None),
                ("/tail?resource=User&after=0", None),
                ("/tail", Some(position.as_str())),
            ] {
                let answer = first_of_tail(&site, path, last_event).await;
                let has_own = only_own(&answer, path, &rows, &scope);
                if path == "/tail?after=0" {
                    assert_eq!(has_own, owns, "{answer}");
                }
                if last_event == Some(&*position) && scope.scope() != other.scope() {
                    assert_eq!(answer, "event: lost\ndata:\n\n");
                }
            }
        });
    }

    #[test]
    fn what_is_outside_the_scope_is_answered_as_what_is_not_there(rows in prop::collection::vec(sown(), 1..6), scope in seen()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let stored: Vec<_> = rows.iter().enumerate().map(|(number, row)| row.row(number)).collect();
            let own: Vec<_> = (rows.iter().zip(&stored)).filter(|(row, _)| scope.has(row)).map(|(_, row)| row.clone()).collect();
            let all = site_of(Place::memory().with(&stored).await.reader(), scope.scope());
            let only = site_of(Place::memory().with(&own).await.reader(), scope.scope());
            for path in stored.iter().flat_map(routes) {
                let (there, not) = (get(&all, &path).await, get(&only, &path).await);
                assert_eq!(there.status, not.status, "{path}");
                assert_eq!(without_ids(&there.text), without_ids(&not.text), "{path}");
            }
        });
    }
}

/// Returns a page without its ids of rows and its times, which differ between two tables.
fn without_ids(page: &str) -> String {
    let page = page.split("<footer").next().unwrap_or_default();
    // An age is all of its element.
    let parts: Vec<_> = page.split(" ago<").collect();
    let (last, parts) = parts.split_last().expect("a part");
    let aged = |part: &&str| {
        part.rsplit_once('>')
            .map_or("", |(kept, _)| kept)
            .to_owned()
    };
    let page = parts.iter().map(aged).collect::<Vec<_>>().join("<") + "<" + last;
    let mut text = String::new();
    let mut rest = &*page;
    while let Some((before, after)) = ["after=", "&quot;id&quot;: ", "{\"id\":"]
        .iter()
        .filter_map(|mark| {
            let at = rest.find(mark)?;
            Some(rest.split_at(at + mark.len()))
        })
        .min_by_key(|(before, _)| before.len())
    {
        text.push_str(before);
        rest = after.trim_start_matches(|c: char| c.is_ascii_hexdigit() || c == '-');
    }
    text.push_str(rest);
    // The first column of the file is the id.
    let lines = text
        .lines()
        .map(|line| line.trim_start_matches(|c: char| c.is_ascii_digit()));
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_place_of_a_page_of_another_scope_is_refused() {
    let rows: Vec<_> = (0..120)
        .map(|n| of(RESOURCES[usize::try_from(n % 2).expect("small")], n))
        .collect();
    for place in Place::each("web_scope_cursor").await {
        let place = place.with(&rows).await;
        let [own, other] =
            RESOURCES.map(|kind| site_of(place.reader(), Scope::resource_type(kind)));
        let first = page(&other, "/").await;
        let (_, rest) = first
            .split_once("&amp;after=")
            .or_else(|| first.split_once("after="))
            .expect("a further page");
        let cursor = rest.split('"').next().expect("a cursor");
        for path in [
            "/",
            "/export.csv",
            "/resource/Order/Order-0",
            "/actor/admin/1",
        ] {
            let answer = get(&own, &format!("{path}?after={cursor}")).await;
            if path == "/export.csv" {
                // An export begins at the newest row, whatever the address has.
                assert!(!answer.text.contains("User-"), "{}", answer.text);
            } else {
                assert_eq!(answer.status, 400, "{path}");
            }
            assert!(!answer.text.contains("User-"), "{path}");
        }
    }
}

#[tokio::test]
async fn two_scopes_narrow_each_other() {
    let place = Place::memory()
        .with(&[of("Order", 1), of("Order", 2)])
        .await;
    let scope = Scope::resource_type("Order").and(Scope::resource("Order", "Order-2"));
    let page = page(&site_of(place.reader(), scope), "/").await;
    assert!(
        page.contains("“<bdi>Order-2") && !page.contains("“<bdi>Order-1"),
        "{page}"
    );
}

#[tokio::test]
async fn a_scope_of_an_actor_with_an_empty_id_has_no_row() {
    for place in Place::each("web_empty_id").await {
        let place = place.with(&[of("Order", 1)]).await;
        let site = site_of(place.reader(), Scope::actor(Actor::new("ADMIN", "")));
        for path in ["/", "/actor/admin/1", "/resource/Order/Order-1"] {
            let text = get(&site, path).await.text.replace(path, "");
            assert!(!text.contains("Order-1"), "{path}");
        }
        let one = site_of(place.reader(), Scope::actor(Actor::admin(1)));
        assert!(page(&one, "/").await.contains("Order-1"));
    }
}
