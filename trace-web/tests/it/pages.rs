//! The pages and their sentences.

use behavior_trace_core::Timestamp;
use behavior_trace_web::{Column, Timeline, Viewer};

use crate::place::{Place, event, row};
use crate::site::{links, page, seen_by, site, timeline, words};

#[tokio::test]
async fn a_change_is_a_sentence_on_every_store() {
    for place in Place::each("web_sentence").await {
        let place = place.with(&[row(7)]).await;
        let site = site(place.reader());
        let text = words(&page(&site, "/").await);
        assert!(
            text.contains("Grace admin 1 changed email of User 7"),
            "{text}"
        );
        assert!(text.contains("a@x") && text.contains("b@x"), "{text}");
        let text = words(&page(&site, "/?actor=admin:1&resource=User:7&time=24h").await);
        assert!(text.contains("changed email of User 7"), "{text}");
        let text = words(&page(&site, "/?actor=admin:2&time=24h").await);
        assert!(text.contains("Nothing matches these filters"), "{text}");
    }
}

#[tokio::test]
async fn each_kind_of_event_has_its_sentence() {
    for (action, payload, sentence) in [
        ("user.create", "{}", "Admin 1 created User 7"),
        (
            "user.delete",
            r#"{"actor_label":"Ada"}"#,
            "Ada admin 1 deleted User 7",
        ),
        ("user.send", "{}", "Admin 1 sent User 7"),
        (
            "user.recalculate_totals",
            "{}",
            "Admin 1 performed user.recalculate_totals on User 7",
        ),
        ("user.update", "{}", "Admin 1 updated User 7"),
        (
            "user.update",
            r#"{"diff":{"a":{"to":1},"b":{"to":1}}}"#,
            "Admin 1 changed a and b of User 7",
        ),
        (
            "user.update",
            r#"{"diff":{"a":{"to":1},"b":{"to":1},"c":{"to":1}}}"#,
            "Admin 1 changed a, b and c of User 7",
        ),
        (
            "user.update",
            r#"{"diff":{"a":{"to":1},"b":{"to":1},"c":{"to":1},"d":{"to":1}}}"#,
            "Admin 1 changed a, b and 2 more fields of User 7",
        ),
        (
            "user.assign",
            r#"{"diff":{"o":{"from":null,"to":"DHL"}}}"#,
            "Admin 1 assigned User 7 to DHL",
        ),
        (
            "user.assign",
            r#"{"diff":{"o":{"from":"DHL","to":null}}}"#,
            "Admin 1 unassigned User 7",
        ),
        ("user.assign", "{}", "Admin 1 assigned User 7"),
        (
            "user.update",
            r#"{"impersonator":"ADMIN:9","diff":{"a":{"to":1}}}"#,
            "Admin 9 acting as Admin 1 changed a of User 7",
        ),
        (
            "user.capture",
            r#"{"commit":"unknown"}"#,
            "Admin 1 may have captured User 7 commit unknown",
        ),
    ] {
        let place = Place::memory().with(&[event(7, action, payload)]).await;
        let text = words(&page(&site(place.reader()), "/").await);
        assert!(text.contains(sentence), "{sentence}: {text}");
    }
}

#[tokio::test]
async fn a_bulk_operation_names_its_number_and_some_ids() {
    let mut bulk = event(
        1,
        "notification.archive",
        r#"{"count":1240,"ids":[88120,88121,88122,88123],"reason":"old"}"#,
    );
    (bulk.resource, bulk.resource_id) = ("Notification".into(), None);
    (bulk.actor_type, bulk.actor_id) = ("SYSTEM".into(), None);
    let place = Place::memory().with(&[bulk]).await;
    let text = words(&page(&site(place.reader()), "/").await);
    assert!(
        text.contains("The system archived 1,240 Notification records"),
        "{text}"
    );
    assert!(text.contains("“old”"), "{text}");
    assert!(text.contains("among them 88120, 88121, 88122 …"), "{text}");
}

#[tokio::test]
async fn somebody_unknown_is_someone() {
    let mut anonymous = event(1, "subscriber.create", "{}");
    (anonymous.actor_type, anonymous.actor_id) = ("ANONYMOUS".into(), None);
    let mut worker = event(2, "invoice.send", r#"{"actor_ref":"billing-worker"}"#);
    (worker.actor_type, worker.actor_id) = ("SERVICE".into(), None);
    let place = Place::memory().with(&[anonymous, worker]).await;
    let text = words(&page(&site(place.reader()), "/").await);
    assert!(text.contains("Someone anonymous created User 1"), "{text}");
    assert!(
        text.contains("billing-worker service sent User 2"),
        "{text}"
    );
}

#[tokio::test]
async fn a_walk_by_links_reaches_every_row_once_and_the_newest_again() {
    for place in Place::each("web_walk").await {
        let rows: Vec<_> = (0..120).map(row).collect();
        let place = place.with(&rows).await;
        let site = site(place.reader());
        let mut at = "/?resource=User&time=24h".to_owned();
        let mut seen = Vec::new();
        loop {
            let page = page(&site, &at).await;
            seen.extend(page.split("of <a href=\"").skip(1).map(|rest| {
                let id = rest.split('"').next().expect("a link");
                id.rsplit('/')
                    .next()
                    .expect("an id")
                    .parse::<u32>()
                    .expect("a number")
            }));
            let older = page.split("rel=\"next\" href=\"").nth(1);
            let Some(older) = older.and_then(|rest| rest.split('"').next()) else {
                assert!(page.contains("Newest events"));
                break;
            };
            at = format!("/{}", older.replace("&amp;", "&"));
        }
        assert_eq!(seen, (0..120).rev().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn all_links_of_all_pages_lead_to_pages() {
    let site = site(Place::memory().with(&[row(1), row(2)]).await.reader());
    let mut seen = std::collections::BTreeSet::new();
    let mut open = vec!["/".to_owned()];
    while let Some(path) = open.pop() {
        if !seen.insert(path.clone()) || seen.len() > 200 {
            continue;
        }
        let base = format!("http://x{path}");
        let base = url::Url::parse(&base).expect("an address");
        for link in links(&page(&site, &path).await) {
            let url = base.join(&link).expect("a link");
            let query = url
                .query()
                .map_or(String::new(), |query| format!("?{query}"));
            if !link.starts_with('#') {
                open.push(format!("{}{query}", url.path()));
            }
        }
    }
    for part in [
        "/event/",
        "/resource/User/1",
        "/actor/admin/1",
        "/story/01a2278a-a43f-7e02-9b1f-6f0d2a7c41e8",
        "/?action=user.update",
    ] {
        assert!(
            seen.iter().any(|path| path.contains(part)),
            "{part}: {seen:?}"
        );
    }
}

#[tokio::test]
async fn links_are_relative_wherever_the_page_is_mounted() {
    let router = timeline(Place::memory().with(&[row(1)]).await.reader());
    let router = router.router(std::future::pending());
    let app = axum::Router::new().nest("/admin/activity", router);
    for path in ["/admin/activity", "/admin/activity/resource/User/1"] {
        let request = http::Request::get(path)
            .body(axum::body::Body::empty())
            .expect("a request");
        let response = tower_service::Service::call(&mut app.clone(), request)
            .await
            .expect("an answer");
        assert_eq!(response.status(), 200, "{path}");
        let body = http_body_util::BodyExt::collect(response.into_body())
            .await
            .expect("a body");
        let page = String::from_utf8(body.to_bytes().to_vec()).expect("UTF-8");
        let base = url::Url::parse(&format!("http://x{path}")).expect("an address");
        let links = links(&page);
        assert!(links.len() > 3, "{page}");
        for link in links.iter().filter(|link| !link.starts_with('#')) {
            let url = base.join(link).expect("a link");
            let inside = url.path().strip_prefix("/admin/activity").expect("inside");
            assert!(inside.is_empty() || inside.starts_with('/'), "{link}");
        }
    }
}

#[tokio::test]
async fn a_page_of_fifty_rows_has_at_most_30_kib() {
    let rows: Vec<_> = (0..50).map(row).collect();
    let place = Place::memory().with(&rows).await;
    let page = page(&site(place.reader()), "/").await;
    assert!(page.contains("User 49") && page.contains("User 0"));
    assert!(page.len() <= 30 * 1024, "{} bytes", page.len());
}

#[tokio::test]
async fn a_filter_without_an_index_asks_for_a_time() {
    let site = site(Place::memory().with(&[row(1)]).await.reader());
    for filter in [
        "actor=admin:1",
        "action=user.*",
        "request=r-1",
        "route=x",
        "before=2030-01-01&action=user.*",
    ] {
        let page = page(&site, &format!("/?{filter}")).await;
        assert!(
            page.contains("Choose a time") && !page.contains("User 1"),
            "{filter}"
        );
        assert!(
            links(&page).iter().any(|link| link.contains("time=24h")),
            "{filter}"
        );
    }
    for filter in [
        "resource=User",
        "resource=User:1&actor=admin:1",
        "correlation=01a2278a-a43f-7e02-9b1f-6f0d2a7c41e8",
        "time=7d&actor=admin:1",
    ] {
        let page = page(&site, &format!("/?{filter}")).await;
        assert!(words(&page).contains("of User 1"), "{filter}");
    }
}

#[tokio::test]
async fn an_event_has_its_diff_and_its_row_as_json() {
    for place in Place::each("web_event").await {
        let event = row(1);
        let path = format!("/event/{}", event.event_id);
        let at = event.occurred_at.as_micros();
        let place = place.with(std::slice::from_ref(&event)).await;
        let site = site(place.reader());
        let found = page(&site, &format!("{path}?at={at}")).await;
        assert!(words(&found).contains("What changed"), "{found}");
        assert!(
            found.contains("&quot;ip_address&quot;: &quot;203.0.113.24&quot;"),
            "{found}"
        );
        assert!(page(&site, &path).await.contains("Choose a time"));
        assert!(words(&page(&site, &format!("{path}?time=24h")).await).contains("What changed"));
        let other = crate::site::get(&site, &format!("{path}?at={}", at + 1)).await;
        assert_eq!(other.status, 404);
    }
}

#[tokio::test]
async fn a_history_has_the_last_change_of_each_field() {
    let older = event(7, "user.create", r#"{"email":"first@x","plan":"free"}"#);
    let mut newer = event(
        7,
        "user.update",
        r#"{"diff":{"email":{"from":"first@x","to":"second@x"}}}"#,
    );
    newer.occurred_at = Timestamp::from_micros(older.occurred_at.as_micros() + 1);
    let site = site(Place::memory().with(&[older, newer]).await.reader());
    let page = page(&site, "/resource/User/7").await;
    let text = words(&page);
    assert!(
        text.contains("Admin 1 changed email") && text.contains("Admin 1 created it"),
        "{text}"
    );
    let (_, last) = text
        .split_once("Last change of each field")
        .expect("the table");
    assert!(
        last.contains("second@x") && last.contains("free") && !last.contains("first@x"),
        "{last}"
    );
}

#[tokio::test]
async fn a_story_is_told_from_its_begin() {
    for place in Place::each("web_story").await {
        let rows = [
            event(1, "order.approve", "{}"),
            event(2, "order.ship", "{}"),
        ];
        let place = place.with(&rows).await;
        let site = site(place.reader());
        let text = words(&page(&site, "/story/01a2278a-a43f-7e02-9b1f-6f0d2a7c41e8").await);
        let (first, _) = text.split_once("shipped").expect("the second event");
        assert!(first.contains("approved"), "{text}");
        assert!(text.contains("and one more event followed"), "{text}");
        assert!(text.contains("+0.000 s"), "{text}");
    }
}

#[tokio::test]
async fn an_actor_has_a_page_without_the_actor_in_its_sentences() {
    let site = site(
        Place::memory()
            .with(&[row(7), event(8, "user.delete", "{}")])
            .await
            .reader(),
    );
    let text = words(&page(&site, "/actor/admin/1").await);
    assert!(
        text.contains("Deleted User 8") && text.contains("Changed email of User 7"),
        "{text}"
    );
    assert!(
        text.contains("1 changed") || text.contains("1 updated"),
        "{text}"
    );
}

#[tokio::test]
async fn no_link_of_an_empty_page_of_an_actor_leads_to_the_page_itself() {
    let site = site(Place::memory().reader());
    for (path, shown) in [
        ("/actor/admin/1", "30d"),
        ("/actor/admin/1?time=30d", "30d"),
        ("/actor/admin/1?time=365d", "365d"),
        ("/actor/admin?action=user.*", "30d"),
    ] {
        let page = page(&site, path).await;
        assert!(page.contains("Nothing matches"), "{path}: {page}");
        let (_, card) = page.split_once("<section").expect("a card");
        for link in links(card) {
            let time = link.split_once("time=");
            let time = time.map_or("30d", |(_, rest)| {
                rest.split('&').next().unwrap_or_default()
            });
            let is_other = time != shown || path.contains("action=") != link.contains("action=");
            assert!(is_other, "{path}: {link}");
        }
        assert!(!card.contains("<ul></ul>"), "{path}: {card}");
    }
    let narrowed = page(&site, "/actor/admin/1?action=user.*").await;
    assert!(narrowed.contains("without Action"), "{narrowed}");
}

#[tokio::test]
async fn what_is_hidden_is_on_no_page_and_no_filter_asks_for_it() {
    let event = row(1);
    let path = format!(
        "/event/{}?at={}",
        event.event_id,
        event.occurred_at.as_micros()
    );
    let place = Place::memory().with(&[event]).await;
    let hidden = Timeline::new(place.reader()).hide([Column::IpAddress, Column::ActorLabel]);
    let viewer = Viewer::new("ada").hide([Column::UserAgent]);
    let site = seen_by(hidden, viewer).service(std::future::pending());
    for path in [
        "/",
        "/resource/User/1",
        "/story/01a2278a-a43f-7e02-9b1f-6f0d2a7c41e8",
        "/actor/admin/1",
        &path,
    ] {
        let page = page(&site, path).await;
        for secret in ["203.0.113.24", "curl/8", "Grace"] {
            assert!(!page.contains(secret), "{path}: {secret}");
        }
    }
    assert!(words(&page(&site, &path).await).contains("hidden from you"));
    let refused = crate::site::get(&site, "/?address=203.0.113.24&time=24h").await;
    assert_eq!(refused.status, 400);
}

#[tokio::test]
async fn a_masked_value_stays_masked() {
    let masked = event(
        1,
        "user.update",
        r#"{"diff":{"password":{"from":"[masked]","to":"[masked]"}}}"#,
    );
    let site = site(Place::memory().with(&[masked]).await.reader());
    assert!(words(&page(&site, "/resource/User/1").await).contains("[masked] (another value)"));
}

#[tokio::test]
async fn an_empty_table_shows_the_annotation_to_write() {
    let page = page(&site(Place::memory().reader()), "/").await;
    assert!(page.contains("Nothing is recorded yet") && page.contains("behavior_trace(action"));
}

#[tokio::test]
async fn going_live_begins_after_the_page_unless_the_page_ends_before_now() {
    let place = Place::each("web_live")
        .await
        .remove(0)
        .with(&[row(7)])
        .await;
    let site = site(place.reader());
    let tail = |page: &str| {
        let (_, tail) = page.split_once("data-tail=\"").expect("a button");
        tail.split('"').next().expect("an address").to_owned()
    };
    assert!(tail(&page(&site, "/").await).contains("after="));
    // The newest row of a rare filter is not the end of the table.
    let later: Vec<_> = (8..10).map(row).collect();
    place.insert(&later).await;
    for path in ["/?resource=User:7", "/resource/User/7", "/?resource=Order"] {
        let tail = tail(&page(&site, path).await);
        assert!(tail.contains("after=1-3-"), "{path}: {tail}");
    }
    let before = page(&site, "/?before=2099-01-01T00:00").await;
    assert!(before.contains("changed"), "{before}");
    let tail = tail(&before);
    assert!(
        !tail.contains("after=") && !tail.contains("before="),
        "{tail}"
    );
}
