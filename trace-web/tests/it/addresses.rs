//! Addresses: mounts of each depth, ids of each form, and whatever else a client sends.

use std::collections::BTreeSet;

use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use proptest::prelude::*;
use tower_service::Service as _;

use crate::place::{Place, STORY, row};
use crate::site::{get, links, page, site, timeline, words};

async fn answer(app: &Router, path: &str) -> (StatusCode, String) {
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let response = app.clone().call(request).await.expect("an answer");
    let status = response.status();
    let body = response.into_body().collect().await.expect("a body");
    let text = String::from_utf8(body.to_bytes().to_vec()).expect("UTF-8");
    (status, text)
}

#[tokio::test]
async fn each_link_of_each_page_is_answered_wherever_the_timeline_is_mounted() {
    let place = Place::memory().with(&[row(1), row(2)]).await;
    let router = || timeline(place.reader()).router(std::future::pending());
    let nested = |at: &str| Router::new().nest(at, router());
    let service = || timeline(place.reader()).service(std::future::pending());
    let mounts = [
        (router(), "/", ""),
        (nested("/activity"), "/activity", "/activity"),
        (nested("/a/b/activity"), "/a/b/activity", "/a/b/activity"),
        (
            nested("/{tenant}/activity"),
            "/t%20t/activity",
            "/t%20t/activity",
        ),
        (nested("/x:y"), "/x:y", "/x:y"),
        (Router::new().nest("/a", nested("/b")), "/a/b", "/a/b"),
        (Router::new().nest_service("/s", service()), "/s", "/s"),
        (Router::new().nest_service("/s", service()), "/s/", "/s"),
    ];
    for (app, home, mount) in mounts {
        let mut seen = BTreeSet::new();
        let mut open = vec![home.to_owned()];
        while let Some(path) = open.pop() {
            if !seen.insert(path.clone()) {
                continue;
            }
            let (status, text) = answer(&app, &path).await;
            assert_eq!(status, 200, "{home}: {path}");
            let base = url::Url::parse(&format!("http://x{path}")).expect("an address");
            let tail = text
                .split("data-tail=\"")
                .nth(1)
                .and_then(|rest| rest.split('"').next());
            let asset = |mark| {
                text.split(mark)
                    .nth(1)
                    .and_then(|rest: &str| rest.split('"').next())
            };
            let form = asset("action=\"").map(str::to_owned);
            for link in [asset("src=\""), tail].into_iter().flatten() {
                let url = base.join(link).expect("a link");
                assert!(
                    url.path().starts_with(&format!("{mount}/")),
                    "{path}: {link}"
                );
            }
            for link in links(&text)
                .into_iter()
                .chain(form)
                .filter(|link| !link.starts_with('#'))
            {
                let url = base.join(&link).expect("a link");
                let query = url
                    .query()
                    .map_or(String::new(), |query| format!("?{query}"));
                // Filters of filters have no end.
                if path.matches('&').count() < 2 && seen.len() < 120 {
                    open.push(format!("{}{query}", url.path()));
                }
            }
        }
        for page in [
            "/event/",
            "/resource/User/1",
            "/actor/admin/1",
            "/story/",
            "/export.csv",
        ] {
            let page = format!("{mount}{page}");
            assert!(
                seen.iter().any(|path| path.starts_with(&page)),
                "{page}: {seen:?}"
            );
        }
    }
}

const IDS: [&str; 22] = [
    "a/b",
    "%2F",
    "%2f%2f",
    "?",
    "a?b=c",
    "#",
    "..",
    ".",
    "~",
    "~~",
    "a b",
    "+",
    "&=;",
    ":",
    "\\",
    "a:b",
    "é中🦀",
    "\u{202e}x",
    "'\"<>",
    "../../etc",
    "007",
    "99999999999999999999",
];

#[tokio::test]
async fn each_id_leads_from_its_row_to_its_history_and_its_actor_on_every_store() {
    for place in Place::each("web_ids").await {
        let long = "x".repeat(255);
        let ids: Vec<&str> = IDS.iter().copied().chain([&*long]).collect();
        let rows = ids.iter().zip(0..).map(|(id, number)| {
            let mut row = row(number);
            row.resource_id = Some((*id).to_owned().into());
            row.actor_id = None;
            row.payload = format!(
                r#"{{"actor_ref":{},"reason":"reason-{number}-"}}"#,
                serde_json::Value::from(*id)
            )
            .into();
            row.request_id = Some(id.chars().take(64).collect::<String>().into());
            row
        });
        let rows: Vec<_> = rows.collect();
        let place = place.with(&rows).await;
        let site = site(place.reader());
        let all = page(&site, "/").await;
        let base = url::Url::parse("http://x/").expect("an address");
        let mut found = 0;
        for link in links(&all) {
            if !link.starts_with("resource/") && !link.starts_with("actor/") {
                continue;
            }
            // A browser takes dots and the like out of a path.
            let url = base.join(&link).expect("a link");
            let own = page(&site, url.path()).await;
            let text = words(&own);
            assert_eq!(text.matches("“reason-").count(), 1, "{link}: {text}");
            found += 1;
        }
        assert_eq!(found, 2 * ids.len());
        for (id, number) in ids.iter().zip(0..) {
            let id: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
            for filter in [
                format!("resource=User:{id}"),
                format!("actor=admin:{id}&time=24h"),
            ] {
                let text = words(&page(&site, &format!("/?{filter}")).await);
                assert_eq!(text.matches("“reason-").count(), 1, "{filter}");
                assert!(text.contains(&format!("“reason-{number}-")), "{filter}");
            }
        }
    }
}

#[tokio::test]
async fn an_address_that_is_nearly_one_is_404() {
    let site = site(Place::memory().with(&[row(1)]).await.reader());
    for path in [
        "//",
        "/actor",
        "/actor/",
        "/actor/admin/",
        "/actor/admin/1/",
        "/resource/User",
        "/resource/User/",
        "/resource/User/1/",
        "/resource/User/1/x",
        "/story",
        "/story/",
        "/event",
        "/event/",
        "/export.csv/",
        "/export.xml",
        "/tail/",
        "/assets",
        "/assets/",
        "/actor/%ff/1",
        "/resource/User/%00",
        "/story/none",
        "/event/8f14e45f-ceea-467f-a0e6-1d6a4f9b2c11?time=24h",
    ] {
        assert_eq!(get(&site, path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn odd_values_are_answered_and_never_by_an_error_of_the_server_on_every_store() {
    let long = "x".repeat(1_025);
    let longer = "x".repeat(30_000);
    let odd = [
        "time=24h&time=1w&time=7d",
        "since=2026-02-29",
        "since=2024-02-29",
        "since=2026-03-29T02:30",
        "since=2016-12-31T23:59:60Z",
        "since=0000-01-01",
        "since=9999-12-31T23:59",
        "since=-9999-01-01",
        "before=10000-01-01",
        "since=2026-11-29T13:42:09%2B14:00",
        "since=%F0%9F%A6%80%F0%9F%A6%80%F0%9F%A6%80",
        "since=2026-11-29&before=2026-11-28",
        "actor=user:99999999999999999999&time=24h",
        "actor=user:-9223372036854775808&time=24h",
        "actor=%20:1&time=24h",
        "resource=User:",
        "resource=%5C",
        "action=%25&time=24h",
        "action=_*&time=24h",
        "key=%24.x%22&time=24h",
        "key=%ff&time=24h",
        "address=::1&time=24h",
        "now=9223372036854775807&time=24h",
        "now=-9223372036854775808&time=365d",
        "now=x&time=24h",
        "after=",
        "after=1",
        "after=-1",
        "after=18446744073709551616",
        "dense=2&x=y&&=&%",
    ];
    for place in Place::each("web_odd").await {
        let place = place.with(&[row(1)]).await;
        let site = site(place.reader());
        let texts = odd.iter().map(|text| (*text).to_owned());
        let texts = texts.chain([
            format!("action={long}&time=24h"),
            format!("resource={longer}"),
            format!("{longer}={longer}"),
        ]);
        for query in texts {
            for path in [
                "/",
                "/actor/admin/1",
                "/resource/User/1",
                &format!("/story/{STORY}"),
                "/export.csv",
            ] {
                let path = format!("{path}?{query}");
                let status = get(&site, &path).await.status.as_u16();
                assert!(matches!(status, 200 | 400 | 404), "{status}: {path:.200}");
            }
        }
        for at in [
            "0",
            "-1",
            "x",
            "9223372036854775807",
            "-9223372036854775808",
            "",
        ] {
            let path = format!("/event/8f14e45f-ceea-467f-a0e6-1d6a4f9b2c11?at={at}");
            let status = get(&site, &path).await.status.as_u16();
            assert!(matches!(status, 200 | 404), "{status}: {path}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_address_is_an_error_of_the_server(
        path in "(/|/actor|/resource|/story|/event|/export.csv|/x)(/[a-z0-9%~.:-]{0,6}){0,3}",
        query in "((actor|action|resource|time|since|before|key|after|now|at|dense|impersonator)=[a-zA-Z0-9%:*.+-]{0,12}&?){0,3}",
    ) {
        let Ok(uri) = format!("{path}?{query}").parse::<http::Uri>() else { return Ok(()) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let site = site(Place::memory().with(&[row(1)]).await.reader());
            let status = get(&site, &uri.to_string()).await.status.as_u16();
            assert!(matches!(status, 200 | 400 | 404), "{status}: {uri}");
        });
    }
}
