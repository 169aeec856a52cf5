//! Requests that get no page.

use behavior_trace_store::{DatabaseUrl, Reader};
use behavior_trace_web::Timeline;

use crate::place::{Place, row};
use crate::site::{get, page, site};

#[tokio::test]
async fn who_is_no_viewer_sees_nothing() {
    let place = Place::memory().with(&[row(1)]).await;
    let nobody = Timeline::new(place.reader()).viewer(|_| async { None });
    let site = nobody.service(std::future::pending());
    for path in [
        "/",
        "/resource/User/1",
        "/story/01a2278a-a43f-7e02-9b1f-6f0d2a7c41e8",
        "/nowhere",
        "/?time=bad",
    ] {
        let answer = get(&site, path).await;
        assert_eq!(answer.status, 403, "{path}");
        assert!(!answer.text.contains("User"), "{}", answer.text);
    }
}

#[tokio::test]
async fn a_viewer_is_named_by_the_request() {
    let place = Place::memory().with(&[row(1)]).await;
    let by_header = Timeline::new(place.reader()).viewer(|parts| async move {
        let name = parts.headers.get("x-user")?.to_str().ok()?.to_owned();
        Some(behavior_trace_web::Viewer::new(name))
    });
    let mut site = by_header.service(std::future::pending());
    let request = http::Request::get("/").header("x-user", "ada.ops");
    let request = request.body(()).expect("a request");
    let response = tower_service::Service::call(&mut site, request)
        .await
        .expect("an answer");
    assert_eq!(response.status(), 200);
    assert_eq!(get(&site, "/").await.status, 403);
}

#[tokio::test]
async fn a_filter_that_is_not_understood_is_kept_and_explained() {
    let site = site(Place::memory().with(&[row(1)]).await.reader());
    for (query, value, form) in [
        ("since=yesterday", "yesterday", "2026-11-29"),
        ("time=1w", "1w", "choose one of the list"),
        ("action=*x", "*x", "order.approve"),
        ("resource=%3A7", ":7", "User:7"),
        ("actor=%3A", ":", "admin:1"),
        ("after=junk", "junk", "start at the newest"),
    ] {
        let answer = get(&site, &format!("/?{query}")).await;
        assert_eq!(answer.status, 400, "{query}");
        assert!(
            answer.text.contains(value) && answer.text.contains(form),
            "{}",
            answer.text
        );
    }
}

#[tokio::test]
async fn a_cursor_of_another_filter_is_refused() {
    let rows: Vec<_> = (0..60).map(row).collect();
    let site = site(Place::memory().with(&rows).await.reader());
    let page = page(&site, "/?resource=User").await;
    let (_, rest) = page.split_once("rel=\"next\"").expect("older rows");
    let (_, rest) = rest.split_once("&amp;after=").expect("a cursor");
    let cursor = rest.split('"').next().expect("a cursor");
    let same = get(&site, &format!("/?resource=User&after={cursor}")).await;
    assert_eq!(same.status, 200);
    let other = get(&site, &format!("/?resource=Order&after={cursor}")).await;
    assert_eq!(other.status, 400);
    assert!(other.text.contains("start at the newest"), "{}", other.text);
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_503_without_its_words() {
    let url: DatabaseUrl = "mysql://root:hunter2@127.0.0.1:1/x".parse().expect("a URL");
    let site = site(Reader::new(&url));
    let answer = get(&site, "/?actor=admin:1&time=24h").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.headers["retry-after"], "5");
    assert!(
        answer.text.contains("value=\"admin:1\""),
        "the filter is kept: {}",
        answer.text
    );
    for word in ["hunter2", "127.0.0.1", "refused", "root"] {
        assert!(!answer.text.contains(word), "{word}: {}", answer.text);
    }
}
