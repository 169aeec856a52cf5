//! A hidden value cannot be asked for: each hideable column, on each route.

use behavior_trace_core::Activity;
use behavior_trace_web::{Column, Timeline, TimelineService, Viewer};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use tower_service::Service as _;

use crate::place::{Place, STORY, row};
use crate::site::{seen_by, site};

const ACTOR: &str = "8f14e45f-ceea-467f-a0e6-1d6a4f9b2c11";

/// Returns a row whose actor has an id in the payload.
fn secretive() -> Activity<'static> {
    let mut row = row(1);
    (row.actor_type, row.actor_id) = ("USER".into(), None);
    row.payload =
        format!(r#"{{"actor_ref":"{ACTOR}","actor_label":"Grace","reason":"moved"}}"#).into();
    row
}

/// Returns filters whose answers depend on the column: with the stored value, and with another one.
const fn filters(column: Column) -> &'static [&'static str] {
    match column {
        Column::ActorLabel => &["key=actor_label", "key=%20ACTOR_LABEL"],
        Column::Payload => &[
            "key=reason",
            "key=actor_label",
            "key=none",
            "actor=user:8f14e45f-ceea-467f-a0e6-1d6a4f9b2c11",
            "actor=user:00000000-0000-4000-8000-000000000000",
            "actor=user:007",
            "impersonator=admin:1",
        ],
        Column::CorrelationId => &[
            "correlation=01a2278a-a43f-7e02-9b1f-6f0d2a7c41e8",
            "correlation=none",
        ],
        Column::RequestId => &["request=r-1", "request=r-2"],
        Column::RouteName => &["route=/users/%7Bid%7D", "route=none"],
        Column::IpAddress => &["address=203.0.113.24", "address=203.0.113.25"],
        _ => &[],
    }
}

/// Returns addresses that name a value of the column.
fn addresses(column: Column) -> Vec<String> {
    match column {
        Column::Payload => vec![
            format!("/actor/user/{ACTOR}"),
            "/actor/user/none".to_owned(),
            "/actor/user/007".to_owned(),
        ],
        Column::CorrelationId => vec![format!("/story/{STORY}"), "/story/none".to_owned()],
        _ => Vec::new(),
    }
}

/// Returns a page, an export or a tail of each kind.
fn routes(row: &Activity<'_>) -> Vec<String> {
    vec![
        "/".to_owned(),
        "/actor/user".to_owned(),
        "/actor/admin/1".to_owned(),
        "/resource/User/1".to_owned(),
        format!("/story/{STORY}"),
        format!("/event/{}", row.event_id),
        "/export.csv".to_owned(),
        "/export.jsonl".to_owned(),
        "/tail".to_owned(),
    ]
}

async fn status(site: &TimelineService, method: &str, path: &str) -> StatusCode {
    let request = Request::builder().method(method).uri(path).body(());
    let response = site.clone().call(request.expect("a request")).await;
    response.expect("an answer").status()
}

async fn text(site: &TimelineService, path: &str) -> String {
    let request = Request::get(path).body(()).expect("a request");
    let body = site.clone().call(request).await.expect("an answer");
    let frame = body.into_body().frame().await.expect("a frame");
    let data = frame.expect("no error").into_data().expect("data");
    String::from_utf8(data.to_vec()).expect("UTF-8")
}

/// Returns the site with a column that is hidden from all, and one with a column that is hidden from its viewer.
fn hiding(place: &Place, column: Column) -> [TimelineService; 2] {
    let all = seen_by(
        Timeline::new(place.reader()).hide([column]),
        Viewer::new("a"),
    );
    let one = seen_by(
        Timeline::new(place.reader()),
        Viewer::new("a").hide([column]),
    );
    [all, one].map(|page| page.service(std::future::pending()))
}

#[tokio::test]
async fn no_route_answers_a_filter_on_a_hidden_column() {
    let row = secretive();
    let place = Place::memory().with(std::slice::from_ref(&row)).await;
    let open = site(place.reader());
    let mut asked = 0;
    for column in Column::ALL {
        for site in hiding(&place, column) {
            for filter in filters(column) {
                for route in routes(&row) {
                    for time in ["", "&time=24h", "&since=2020-01-01"] {
                        let path = format!("{route}?{filter}{time}");
                        for method in ["GET", "HEAD"] {
                            assert_eq!(
                                status(&site, method, &path).await,
                                400,
                                "{column:?}: {path}"
                            );
                        }
                        asked += 1;
                    }
                }
                let path = format!("/?{filter}&time=24h");
                let refused = text(&site, &path).await;
                assert!(
                    refused.contains("the column is hidden from you"),
                    "{refused}"
                );
                assert_eq!(status(&open, "GET", &path).await, 200, "{path}");
            }
            for path in addresses(column) {
                assert_eq!(status(&site, "GET", &path).await, 400, "{column:?}: {path}");
                assert_ne!(status(&open, "GET", &path).await, 400, "{path}");
                asked += 1;
            }
        }
    }
    assert!(asked > 700, "{asked}");
}

#[tokio::test]
async fn what_is_not_hidden_can_be_asked_for() {
    let place = Place::memory().with(&[row(1)]).await;
    for hidden in Column::ALL {
        for site in hiding(&place, hidden) {
            for other in Column::ALL {
                // All of a payload is hidden with it, and the name alone is a part of it.
                let is_part = other == Column::ActorLabel && hidden == Column::Payload;
                if other == hidden || is_part {
                    continue;
                }
                let is_part = hidden == Column::ActorLabel;
                let filters = filters(other).iter();
                for filter in filters.filter(|filter| !(is_part && filter.contains("label"))) {
                    let path = format!("/?{filter}&time=24h");
                    assert_eq!(status(&site, "GET", &path).await, 200, "{hidden:?}: {path}");
                }
            }
            for path in [
                "/?actor=admin:1&time=24h",
                "/actor/admin/1",
                "/actor/user/7",
            ] {
                assert_eq!(status(&site, "GET", path).await, 200, "{hidden:?}: {path}");
            }
        }
    }
}

#[tokio::test]
async fn a_hidden_value_is_in_no_answer_of_any_route() {
    let row = secretive();
    let place = Place::memory().with(std::slice::from_ref(&row)).await;
    let at = row.occurred_at.as_micros();
    for (column, secrets) in [
        (Column::ActorLabel, &["Grace"][..]),
        (Column::Payload, &["Grace", ACTOR, "8f14e45f", "moved"]),
        (Column::CorrelationId, &[STORY]),
        (Column::RequestId, &["r-1"]),
        (Column::RouteName, &["/users/{id}"]),
        (Column::IpAddress, &["203.0.113.24"]),
        (Column::UserAgent, &["curl/8"]),
    ] {
        let [site, _] = hiding(&place, column);
        for route in routes(&row) {
            let path = match &*route {
                "/tail" => "/tail?after=0".to_owned(),
                event if event.starts_with("/event/") => format!("{event}?at={at}"),
                other => other.to_owned(),
            };
            // The address of a story has the value that is asked for.
            let shown = text(&site, &path).await.replace(&path[1..], "");
            for secret in secrets {
                // The form shows an example of an address and of a route.
                let shown = shown.replace(&format!("placeholder=\"{secret}\""), "");
                let shown = match column {
                    Column::CorrelationId if path.starts_with("/story/") => {
                        shown.replace(&format!("<code><bdi>{secret}"), "")
                    }
                    _ => shown,
                };
                assert!(!shown.contains(secret), "{column:?} {path}: {shown}");
            }
        }
    }
}
