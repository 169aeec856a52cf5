//! Bounds of the live tail: its number, its life, its client and the rows that it catches up with.

use std::time::Duration;

use behavior_trace_web::{TimelineBody, TimelineService};
use http::{Request, Response};
use tower_service::Service as _;

use crate::place::{Place, row};
use crate::site::site;
use crate::tail::{SOON, begun, frame, open, rows};

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

#[tokio::test(start_paused = true)]
async fn a_tail_that_falls_far_behind_asks_for_a_reload_and_one_that_does_not_gives_all() {
    for (number, is_far) in [(10_000_u32, false), (10_001, true)] {
        let place = Place::memory().with(&[row(0)]).await;
        let mut tail = open(&site(place.reader()), "/tail", None).await;
        begun(&mut tail).await;
        // All at once, as after an outage.
        let stored: Vec<_> = (1..=number).map(row).collect();
        place.insert(&stored).await;
        let (mut seen, mut last) = (0, String::new());
        while seen < number {
            let Some(text) = frame(&mut tail).await else {
                break;
            };
            seen += u32::try_from(text.matches("<tr").count()).expect("few");
            last = text;
        }
        assert_eq!(
            (seen, last == FAR),
            if is_far { (0, true) } else { (number, false) }
        );
    }
}
