//! The headers of every answer.

use crate::place::{Place, row};
use crate::site::{ask, get, page, site};

const ROUTES: [&str; 13] = [
    "/",
    "/actor/admin/1",
    "/actor/admin",
    "/resource/User/1",
    "/story/01a2278a-a43f-7e02-9b1f-6f0d2a7c41e8",
    "/event/x",
    "/export.csv",
    "/export.jsonl",
    "/export.csv?actor=admin:1",
    "/tail?resource=:",
    "/nowhere",
    "/?time=bad",
    "/assets/none.css",
];

#[tokio::test]
async fn every_answer_has_the_headers() {
    let site = site(Place::memory().with(&[row(1)]).await.reader());
    for route in ROUTES {
        for method in ["GET", "HEAD", "POST"] {
            let answer = ask(&site, method, route).await;
            let header = |name: &str| {
                let value = answer
                    .headers
                    .get(name)
                    .map(|value| value.to_str().expect("ASCII"));
                value.unwrap_or_default().to_owned()
            };
            let policy = header("content-security-policy");
            for part in [
                "default-src 'none'",
                "frame-ancestors 'none'",
                "base-uri 'none'",
                "form-action 'self'",
            ] {
                assert!(policy.contains(part), "{method} {route}: {policy}");
            }
            assert!(!policy.contains("unsafe"), "{policy}");
            assert_eq!(header("x-content-type-options"), "nosniff", "{route}");
            assert_eq!(header("referrer-policy"), "no-referrer", "{route}");
            assert_eq!(header("cache-control"), "no-store", "{route}");
            assert_eq!(header("set-cookie"), "", "{route}");
        }
    }
}

#[tokio::test]
async fn every_route_only_reads() {
    let site = site(Place::memory().with(&[row(1)]).await.reader());
    for route in ROUTES {
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"] {
            let answer = ask(&site, method, route).await;
            assert_eq!(answer.status, 405, "{method} {route}");
            assert_eq!(answer.headers["allow"], "GET, HEAD", "{method} {route}");
        }
    }
}

#[tokio::test]
async fn assets_are_kept_forever_under_names_that_change() {
    let site = site(Place::memory().reader());
    let page = page(&site, "/").await;
    for (mark, kind) in [
        ("stylesheet\" href=\"", "text/css"),
        ("defer src=\"", "text/javascript"),
    ] {
        let (_, rest) = page.split_once(mark).expect("an asset");
        let name = rest.split('"').next().expect("a name");
        let asset = get(&site, &format!("/{name}")).await;
        assert_eq!(asset.status, 200, "{name}");
        assert!(
            asset.headers["content-type"]
                .to_str()
                .expect("ASCII")
                .starts_with(kind)
        );
        let cache = asset.headers["cache-control"].to_str().expect("ASCII");
        assert!(cache.contains("immutable"), "{cache}");
        assert_eq!(asset.headers["x-content-type-options"], "nosniff");
    }
}
