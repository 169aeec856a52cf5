//! Requests to a timeline.

use behavior_trace_store::Reader;
use behavior_trace_web::{NoViewer, Scope, Timeline, TimelineService, Viewer, ViewerOf};
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt as _, Empty};
use tower_service::Service as _;

/// An answer that was read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

/// Asks the service for a path.
pub(crate) async fn ask(service: &TimelineService, method: &str, path: &str) -> Answer {
    let request = Request::builder().method(method).uri(path);
    let request = request
        .body(Empty::<axum::body::Bytes>::new())
        .expect("a request");
    let response = service.clone().call(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(body.to_vec()).expect("UTF-8"),
    }
}

pub(crate) async fn get(service: &TimelineService, path: &str) -> Answer {
    ask(service, "GET", path).await
}

/// Returns the page at a path, which has to be there.
pub(crate) async fn page(service: &TimelineService, path: &str) -> String {
    let answer = get(service, path).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
    answer.text
}

/// Returns a timeline for a viewer of all rows.
pub(crate) fn timeline(reader: Reader) -> Timeline<ViewerOf> {
    seen_by(Timeline::new(reader), Viewer::new("ada"))
}

pub(crate) fn seen_by(timeline: Timeline<NoViewer>, viewer: Viewer) -> Timeline<ViewerOf> {
    timeline.viewer(move |_| {
        let viewer = viewer.clone();
        async move { Some(viewer) }
    })
}

/// Returns the site for a viewer of all rows.
pub(crate) fn site(reader: Reader) -> TimelineService {
    timeline(reader).service(std::future::pending())
}

/// Returns the site for a viewer of a scope.
pub(crate) fn site_of(reader: Reader, scope: Scope) -> TimelineService {
    let viewer = Viewer::new("grace").only(scope);
    seen_by(Timeline::new(reader), viewer).service(std::future::pending())
}

/// Returns the addresses of all links of a page, without HTML's escapes.
pub(crate) fn links(page: &str) -> Vec<String> {
    let links = page.split("<a ").skip(1).filter_map(|tag| {
        let (_, address) = tag.split_once("href=\"")?;
        Some(address.split_once('"')?.0.replace("&amp;", "&"))
    });
    links.collect()
}

/// Returns the text of a page without its tags.
pub(crate) fn words(page: &str) -> String {
    let mut words = String::new();
    let mut rest = page;
    while let Some((text, tag)) = rest.split_once('<') {
        words.push_str(text);
        rest = tag.split_once('>').map_or("", |(_, rest)| rest);
    }
    words.push_str(rest);
    words
}
