//! Files of what the filter shows.

use behavior_trace_web::{Column, Timeline, Viewer};

use crate::place::{Place, event, row};
use crate::site::{ask, get, seen_by, site};

#[tokio::test]
async fn an_export_has_what_the_filter_shows_on_every_store() {
    for place in Place::each("web_export").await {
        let mut rows: Vec<_> = (0..1_500).map(row).collect();
        rows[3].resource = "Order".into();
        let place = place.with(&rows).await;
        let site = site(place.reader());
        let all = get(&site, "/export.jsonl?resource=User").await;
        assert_eq!(all.status, 200);
        let lines: Vec<serde_json::Value> = all
            .text
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect();
        let ids: Vec<_> = lines
            .iter()
            .map(|line| line["resource_id"].as_str().expect("an id"))
            .collect();
        let expected: Vec<_> = (0..1_500)
            .rev()
            .filter(|id| *id != 3)
            .map(|id| id.to_string())
            .collect();
        assert_eq!(ids, expected);
        let csv = get(&site, "/export.csv?resource=Order").await;
        assert_eq!(csv.text.lines().count(), 2, "{}", csv.text);
        assert!(
            csv.text.starts_with("id,event_id,occurred_at"),
            "{}",
            csv.text
        );
        let attachment = csv.headers["content-disposition"].to_str().expect("ASCII");
        assert!(
            attachment.starts_with("attachment; filename=\"activity-"),
            "{attachment}"
        );
    }
}

#[tokio::test]
async fn a_hidden_column_is_in_no_export() {
    let place = Place::memory().with(&[row(1)]).await;
    let hidden = [Column::IpAddress, Column::ActorLabel, Column::UserAgent];
    let site = seen_by(
        Timeline::new(place.reader()).hide(hidden),
        Viewer::new("ada"),
    );
    let site = site.service(std::future::pending());
    for path in ["/export.csv", "/export.jsonl"] {
        let export = get(&site, path).await.text;
        assert!(export.contains("user.update"), "{export}");
        for secret in ["203.0.113.24", "Grace", "curl/8"] {
            assert!(!export.contains(secret), "{path}: {export}");
        }
    }
    assert_eq!(
        get(&site, "/export.csv?address=203.0.113.24&time=24h")
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn a_spreadsheet_takes_no_text_for_a_formula() {
    let mut formula = event(1, "user.update", "{}");
    formula.user_agent = Some("=HYPERLINK(\"x\")".into());
    let place = Place::memory().with(&[formula]).await;
    let csv = get(&site(place.reader()), "/export.csv").await.text;
    assert!(csv.contains("\"'=HYPERLINK"), "{csv}");
}

#[tokio::test]
async fn an_export_without_an_index_asks_for_a_time() {
    let site = site(Place::memory().with(&[row(1)]).await.reader());
    let refused = get(&site, "/export.csv?actor=admin:1").await;
    assert_eq!(refused.status, 400);
    assert!(refused.text.contains("Choose a time"), "{}", refused.text);
    assert_eq!(
        get(&site, "/export.csv?actor=admin:1&time=24h")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn head_of_an_export_asks_the_database_nothing() {
    let mut place = Place::memory();
    place.url = "mysql://root:hunter2@127.0.0.1:1/x".parse().expect("a URL");
    let site = site(place.reader());
    for (path, media_type, ending) in [
        ("/export.csv", "text/csv; charset=utf-8", ".csv\""),
        (
            "/export.jsonl?resource=User",
            "application/x-ndjson; charset=utf-8",
            ".jsonl\"",
        ),
    ] {
        let head = ask(&site, "HEAD", path).await;
        assert_eq!(head.status, 200, "{path}");
        assert_eq!(head.headers["content-type"], media_type);
        let attachment = head.headers["content-disposition"].to_str().expect("ASCII");
        assert!(attachment.ends_with(ending), "{attachment}");
        assert_eq!(head.text, "");
        assert_eq!(get(&site, path).await.status, 503, "{path}");
    }
    assert_eq!(
        ask(&site, "HEAD", "/export.csv?actor=admin:1").await.status,
        400
    );
}

#[tokio::test(start_paused = true)]
async fn the_fifth_export_at_a_time_is_refused_until_one_ends_or_stops_reading() {
    let rows: Vec<_> = (0..4_500).map(row).collect();
    let site = site(Place::memory().with(&rows).await.reader());
    let open = async || {
        let request = http::Request::get("/export.jsonl").body(());
        let request = request.expect("a request");
        tower_service::Service::call(&mut site.clone(), request)
            .await
            .expect("an answer")
    };
    let mut exports = Vec::new();
    for _ in 0..4 {
        let export = open().await;
        assert_eq!(export.status(), 200);
        exports.push(export);
    }
    let refused = get(&site, "/export.csv").await;
    assert_eq!(refused.status, 503);
    assert_eq!(refused.headers["retry-after"], "5");
    assert!(refused.text.contains("Too many people export"));
    // Pages are not exports.
    assert_eq!(get(&site, "/").await.status, 200);
    let read = exports.pop().expect("an export").into_body();
    let read = http_body_util::BodyExt::collect(read).await.expect("whole");
    assert_eq!(read.to_bytes().split(|byte| *byte == b'\n').count(), 4_501);
    assert_eq!(get(&site, "/export.csv").await.status, 200);
    exports.push(open().await);
    assert_eq!(get(&site, "/export.csv").await.status, 503);
    tokio::time::sleep(std::time::Duration::from_secs(31)).await;
    assert_eq!(get(&site, "/export.csv").await.status, 200);
    // A file that was cut off is no whole file.
    let cut = exports.pop().expect("an export").into_body();
    assert!(http_body_util::BodyExt::collect(cut).await.is_err());
}
