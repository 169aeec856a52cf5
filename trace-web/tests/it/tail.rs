//! The live tail.

use std::time::Duration;

use behavior_trace_web::{Column, Scope, Timeline, TimelineBody, TimelineService, Viewer};
use http::{Request, Response};
use http_body_util::BodyExt as _;
use tower_service::Service as _;

use crate::place::{Place, event, row};
use crate::site::{seen_by, site, site_of, timeline};

/// Time within which an event has to come.
const SOON: Duration = Duration::from_secs(30);

async fn open(
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
async fn frame(tail: &mut Response<TimelineBody>) -> Option<String> {
    let frame = tokio::time::timeout(SOON, tail.body_mut().frame())
        .await
        .expect("in time")?;
    let data = frame.expect("no error").into_data().expect("data");
    Some(String::from_utf8(data.to_vec()).expect("UTF-8"))
}

/// Returns the next event with rows: its id and its text.
async fn rows(tail: &mut Response<TimelineBody>) -> (String, String) {
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
async fn begun(tail: &mut Response<TimelineBody>) {
    let place = frame(tail).await.expect("a place");
    assert!(
        place.starts_with("id: ") && !place.contains("data"),
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
async fn the_thirty_third_tail_is_refused_until_one_ends() {
    let site = site(Place::memory().reader());
    let mut tails = Vec::new();
    for _ in 0..32 {
        tails.push(open(&site, "/tail", None).await);
    }
    let refused = open(&site, "/tail", None).await;
    assert_eq!(refused.status(), 503);
    assert_eq!(refused.headers()["retry-after"], "5");
    tails.pop();
    until_open(&site, "/tail").await;
}

/// Opens a path as soon as it is answered.
async fn until_open(site: &TimelineService, path: &str) -> Response<TimelineBody> {
    let opening = async {
        loop {
            let answer = open(site, path, None).await;
            if answer.status() == 200 {
                return answer;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, opening).await.expect("open")
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_gives_its_place_back() {
    let site = site(Place::memory().reader());
    let mut tails = Vec::new();
    for _ in 0..32 {
        tails.push(open(&site, "/tail", None).await);
    }
    assert_eq!(open(&site, "/tail", None).await.status(), 503);
    // A place is sent each 5 s, and waits for 30 s to be taken.
    tokio::time::sleep(Duration::from_secs(40)).await;
    assert_eq!(open(&site, "/tail", None).await.status(), 200);
}

#[tokio::test(start_paused = true)]
async fn a_tail_ends_after_five_minutes_whether_it_is_read_or_not() {
    let site = site(Place::memory().reader());
    let mut tail = open(&site, "/tail", None).await;
    let begun = tokio::time::Instant::now();
    while frame(&mut tail).await.is_some() {}
    assert_eq!(begun.elapsed().as_secs(), 300);
}

#[tokio::test]
async fn head_takes_no_place() {
    let site = site(Place::memory().reader());
    for _ in 0..40 {
        let request = Request::head("/tail").body(()).expect("a request");
        let answer = site.clone().call(request).await.expect("an answer");
        assert_eq!(answer.status(), 200);
        assert_eq!(
            answer.headers()["content-type"],
            "text/event-stream; charset=utf-8"
        );
    }
    assert_eq!(open(&site, "/tail", None).await.status(), 200);
}

const FAR: &str = "event: lost\ndata: Too far behind: reload the page\n\n";

#[tokio::test]
async fn a_tail_that_is_far_behind_asks_for_a_reload_and_reads_nothing() {
    let rows_there: Vec<_> = (0..10_002).map(row).collect();
    let place = Place::memory().with(&rows_there).await;
    let site = site(place.reader());
    for (path, last_event) in [
        ("/tail?after=0", None),
        ("/tail?after=1", None),
        ("/tail?after=10000", Some("1")),
        ("/tail?resource=User&after=1", None),
    ] {
        let mut tail = open(&site, path, last_event).await;
        assert_eq!(
            frame(&mut tail).await.as_deref(),
            Some(FAR),
            "{path} {last_event:?}"
        );
        assert_eq!(frame(&mut tail).await, None, "{path}");
    }
    for near in ["/tail?after=2", "/tail?after=10001"] {
        let (_, text) = rows(&mut open(&site, near, None).await).await;
        assert!(text.contains("User "), "{near}");
    }
}

#[tokio::test]
async fn a_position_that_is_far_behind_asks_for_a_reload_too() {
    let place = Place::memory().with(&[row(1)]).await;
    let site = site(place.reader());
    let (position, _) = rows(&mut open(&site, "/tail?after=0", None).await).await;
    let later: Vec<_> = (2..10_010).map(row).collect();
    place.insert(&later).await;
    let mut tail = open(&site, "/tail", Some(&position)).await;
    assert_eq!(frame(&mut tail).await.as_deref(), Some(FAR));
}

#[tokio::test(start_paused = true)]
async fn rows_of_a_rare_filter_come_at_once_however_many_others_are_between() {
    let mut rows_there: Vec<_> = (0..5_500).map(row).collect();
    rows_there[5_499].resource = "Order".into();
    let place = Place::memory().with(&rows_there).await;
    let site = site(place.reader());
    let begun = tokio::time::Instant::now();
    let mut tail = open(&site, "/tail?resource=Order&after=0", None).await;
    let (_, text) = rows(&mut tail).await;
    assert!(text.contains("Order 5499"), "{text}");
    assert!(begun.elapsed() < Duration::from_millis(400), "{begun:?}");
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

async fn a_tail_survives_the_server(kind: behavior_trace_servers::Kind) {
    let server = behavior_trace_servers::Server::start(kind).expect("a server of its own");
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
    a_tail_survives_the_server(behavior_trace_servers::Kind::MariaDb).await;
}

#[tokio::test]
async fn a_tail_survives_the_server_on_mysql() {
    a_tail_survives_the_server(behavior_trace_servers::Kind::MySql).await;
}
