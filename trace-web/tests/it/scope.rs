//! Two scopes: no row of the other one, by any route.

use behavior_trace_core::{Activity, Actor};
use behavior_trace_web::Scope;
use proptest::prelude::*;

use crate::place::{Place, row};
use crate::site::{get, page, site_of};

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

/// Returns an address of each route that could show a row.
fn routes(row: &Activity<'_>) -> Vec<String> {
    let id = row.resource_id.as_deref().unwrap_or_default();
    let at = row.occurred_at.as_micros();
    let mut routes = vec![
        "/".to_owned(),
        "/?time=24h&actor=admin:1".to_owned(),
        format!("/?resource={}", row.resource),
        format!("/?resource={}:{id}", row.resource),
        "/?correlation=01a2278a-a43f-7e02-9b1f-6f0d2a7c41e8".to_owned(),
        format!("/?request={id}&time=24h"),
        "/?key=reason&time=24h".to_owned(),
        format!("/resource/{}/{id}", row.resource),
        "/story/01a2278a-a43f-7e02-9b1f-6f0d2a7c41e8".to_owned(),
        "/actor/admin/1".to_owned(),
        "/actor/admin".to_owned(),
        format!("/event/{}?at={at}", row.event_id),
        format!("/event/{}?time=24h", row.event_id),
    ];
    routes.extend(crate::site::EXPORTS.iter().map(|path| (*path).to_owned()));
    routes
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
    fn no_route_shows_a_row_of_another_scope(kinds in prop::collection::vec(any::<bool>(), 1..12)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let rows: Vec<_> = (0..).zip(&kinds).map(|(n, is_order)| of(if *is_order { "Order" } else { "User" }, n)).collect();
            let place = Place::memory().with(&rows).await;
            for (own, other) in [("Order", "User"), ("User", "Order")] {
                let site = site_of(place.reader(), Scope::resource_type(own));
                let mut shown = 0;
                for path in rows.iter().flat_map(routes) {
                    let answer = get(&site, &path).await.text;
                    // The address itself may be on its page, as the text of a filter.
                    for row in rows.iter().filter(|row| row.resource == other) {
                        let mark = row.resource_id.as_deref().expect("an id");
                        let is_asked = path.contains(mark);
                        assert!(is_asked || !answer.contains(mark), "{path} shows {mark}");
                        assert!(!answer.contains(&format!("“<bdi>{mark}")), "{path} shows the reason of {mark}");
                    }
                    shown += usize::from(answer.contains(&format!("{own}-")));
                }
                let owns = rows.iter().any(|row| row.resource == own);
                assert_eq!(shown > 0, owns);
            }
        });
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
