//! The live tail.

use std::time::Duration;

use behavior_trace_servers::{Kind, Server};
use behavior_trace_web::{Column, Scope, Timeline, TimelineBody, TimelineService, Viewer};
use http::{Request, Response};
use http_body_util::BodyExt as _;
use tower_service::Service as _;

use crate::place::{Place, event, row};
use crate::site::{page, seen_by, site, site_of, timeline};

/// Time within which an event has to come.
pub(crate) const SOON: Duration = Duration::from_secs(30);

pub(crate) async fn open(
    site: &TimelineService,
    path: &str,
    last_event: Option<&str>,
) -> Response<TimelineBody> {
    let mut request = Request::get(path);
    if let Some(id) = last_event {
        request = request.header("last-event-id", id);
    }
    let request = request.body(()).expect("a request");
    site.clone().call(request).await.expect("an answer")
}

/// Returns the next text of a tail; `None` at its end.
pub(crate) async fn frame(tail: &mut Response<TimelineBody>) -> Option<String> {
    let frame = tokio::time::timeout(SOON, tail.body_mut().frame())
        .await
        .expect("in time")?;
    let data = frame.expect("no error").into_data().expect("data");
    Some(String::from_utf8(data.to_vec()).expect("UTF-8"))
}

/// Returns the next event with rows: its id and its text.
pub(crate) async fn rows(tail: &mut Response<TimelineBody>) -> (String, String) {
    loop {
        let text = frame(tail).await.expect("the tail goes on");
        let rest = text
            .strip_prefix("id: ")
            .and_then(|rest| rest.split_once('\n'));
        if let Some((id, text)) = rest.filter(|(_, text)| text.starts_with("data")) {
            return (id.to_owned(), text.to_owned());
        }
    }
}

/// Waits until the tail knows the end of the table, which it begins at.
pub(crate) async fn begun(tail: &mut Response<TimelineBody>) {
    let place = frame(tail).await.expect("a place");
    assert!(
        place.starts_with("id: ") && place.ends_with("\nevent: place\ndata:\n\n"),
        "{place}"
    );
}

#[tokio::test]
async fn a_row_comes_to_its_own_scope_alone_on_every_store() {
    for place in Place::each("web_tail").await {
        let place = place.with(&[row(1)]).await;
        let site = site_of(place.reader(), Scope::resource_type("Order"));
        let mut tail = open(&site, "/tail", None).await;
        assert_eq!(tail.status(), 200);
        assert_eq!(
            tail.headers()["content-type"],
            "text/event-stream; charset=utf-8"
        );
        assert_eq!(tail.headers()["x-accel-buffering"], "no");
        assert_eq!(tail.headers()["cache-control"], "no-store");
        begun(&mut tail).await;
        let mut own = row(2);
        own.resource = "Order".into();
        place.insert(&[row(3)]).await;
        place.insert(&[own]).await;
        let (_, text) = rows(&mut tail).await;
        assert!(text.contains("Order 2"), "{text}");
        assert!(!text.contains("User"), "{text}");
    }
}

#[tokio::test]
async fn a_tail_goes_on_where_it_stopped() {
    for place in Place::each("web_resume").await {
        let place = place.with(&[row(1)]).await;
        let site = site(place.reader());
        let mut tail = open(&site, "/tail?after=0", None).await;
        let (id, text) = rows(&mut tail).await;
        assert!(text.contains("User 1<"), "{text}");
        drop(tail);
        place.insert(&[row(2)]).await;
        let mut tail = open(&site, "/tail?after=0", Some(&id)).await;
        let (_, text) = rows(&mut tail).await;
        assert!(
            text.contains("User 2<") && !text.contains("User 1<"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_row_of_a_lower_id_that_is_committed_after_the_page_comes_to_its_tail() {
    for kind in [Kind::MariaDb, Kind::MySql] {
        let server = Server::shared(kind).expect("a server");
        let place = Place::on(server, "web_lower_id").await;
        let say = |text: &str| {
            let text = format!("USE web_lower_id; {text}");
            server.sql(&text).expect("obeyed");
        };
        let mut stored: Vec<_> = (1..4).map(row).collect();
        stored[1].resource_id = Some("1".into());
        place.insert(&stored).await;
        // As an insert does that is not committed yet, with its id.
        say(
            "CREATE TABLE aside AS SELECT * FROM operational_activity WHERE id = 2; \
             DELETE FROM operational_activity WHERE id = 2",
        );
        let site = site(place.reader());
        for path in ["/", "/resource/User/1", "/actor/admin/1", "/?resource=User"] {
            let page = page(&site, path).await;
            let (_, tail) = page.split_once("data-tail=\"").expect("a button");
            let (tail, _) = tail.split_once('"').expect("an address");
            let tail = tail.trim_start_matches("../").replace("&amp;", "&");
            say("INSERT INTO operational_activity SELECT * FROM aside");
            let (_, text) = rows(&mut open(&site, &format!("/{tail}"), None).await).await;
            assert_eq!(ids_in(&text), [1], "{path} {tail}: {text}");
            say("DELETE FROM operational_activity WHERE id = 2");
        }
    }
}

#[tokio::test]
async fn the_filter_and_the_hidden_columns_hold_for_the_tail() {
    let place = Place::memory();
    let hidden = Timeline::new(place.reader()).hide([Column::ActorLabel]);
    let site = seen_by(hidden, Viewer::new("ada")).service(std::future::pending());
    let mut tail = open(&site, "/tail?action=user.*&time=24h&after=0", None).await;
    place
        .insert(&[event(1, "order.create", "{}"), row(2)])
        .await;
    let (_, text) = rows(&mut tail).await;
    assert!(
        text.contains("User 2<") && !text.contains("User 1<"),
        "{text}"
    );
    assert!(!text.contains("Grace"), "{text}");
}

#[tokio::test]
async fn a_stored_line_break_ends_no_event() {
    let place = Place::memory();
    let mut tail = open(&site(place.reader()), "/tail?after=0", None).await;
    let hostile = event(
        1,
        "user.update",
        r#"{"reason":"a\n\nid: 9\ndata: x\r\rid: 8"}"#,
    );
    place.insert(&[hostile]).await;
    let (_, text) = rows(&mut tail).await;
    let lines: Vec<&str> = text.trim_end().lines().collect();
    assert!(
        lines.iter().all(|line| line.starts_with("data: ")),
        "{text}"
    );
}

#[tokio::test]
async fn ten_tails_end_on_shutdown_within_a_second() {
    let (shutdown, signal) = tokio::sync::oneshot::channel::<()>();
    let site = timeline(Place::memory().reader()).service(async { drop(signal.await) });
    let mut tails = Vec::new();
    for _ in 0..10 {
        let mut tail = open(&site, "/tail", None).await;
        begun(&mut tail).await;
        tails.push(tail);
    }
    shutdown.send(()).expect("somebody waits");
    let all = async {
        for tail in &mut tails {
            while frame(tail).await.is_some() {}
        }
    };
    tokio::time::timeout(Duration::from_secs(1), all)
        .await
        .expect("all end");
}

#[tokio::test]
async fn a_place_of_another_filter_is_not_followed() {
    let place = Place::memory().with(&[row(1)]).await;
    let site = site(place.reader());
    let (id, _) = rows(&mut open(&site, "/tail?after=0", None).await).await;
    let mut other = open(&site, "/tail?resource=Order", Some(&id)).await;
    let mut last = None;
    while let Some(text) = frame(&mut other).await {
        last = Some(text);
    }
    assert_eq!(last.as_deref(), Some("event: lost\ndata:\n\n"));
    assert_eq!(open(&site, "/tail?after=junk", None).await.status(), 400);
}

/// Returns the ids of the resources in an event.
fn ids_in(text: &str) -> Vec<u32> {
    let ids = text.split("resource/User/").skip(1);
    ids.map(|rest| {
        let id = rest.split('"').next().expect("a link");
        id.parse().expect("a number")
    })
    .collect()
}

async fn a_tail_survives_the_server(kind: Kind) {
    let server = Server::start(kind).expect("a server of its own");
    let place = Place::on(&server, "web_restart").await;
    let site = site(place.reader());
    let mut tail = open(&site, "/tail", None).await;
    begun(&mut tail).await;
    let mut seen = Vec::new();
    for start in [0, 5] {
        let sent: Vec<_> = (start..start + 5).map(row).collect();
        place.insert(&sent).await;
        while seen.len() < usize::try_from(start).expect("small") + 5 {
            seen.extend(ids_in(&rows(&mut tail).await.1));
        }
        if start == 0 {
            server.kill().expect("killed");
            server.restart().expect("there again");
        }
    }
    seen.sort_unstable();
    assert_eq!(seen, (0..10).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_tail_survives_the_server_on_mariadb() {
    a_tail_survives_the_server(Kind::MariaDb).await;
}

#[tokio::test]
async fn a_tail_survives_the_server_on_mysql() {
    a_tail_survives_the_server(Kind::MySql).await;
}
