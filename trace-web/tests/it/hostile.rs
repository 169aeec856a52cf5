//! Hostile text in every column stays text.

use std::borrow::Cow;

use behavior_trace_core::Activity;
use proptest::prelude::*;

use crate::place::{Place, row};
use crate::site::{get, links, page, site, timeline};

const TEXTS: [&str; 6] = [
    "<script>alert(1)</script>",
    "javascript:alert(1)",
    "\" onmouseover=\"alert(1)",
    "'><img src=x onerror=alert(1)>",
    "\u{202e}txt.exe\u{2066}",
    "..",
];

/// Returns a row that has a text in every column.
fn hostile(number: u32, text: &str) -> Activity<'static> {
    let mut row = row(number);
    let own = || Cow::<str>::Owned(text.chars().take(36).collect());
    row.actor_type = text.chars().take(32).collect::<String>().into();
    row.actor_id = None;
    row.action = own();
    row.resource = own();
    row.resource_id = Some(own());
    for column in [
        &mut row.correlation_id,
        &mut row.request_id,
        &mut row.route_name,
        &mut row.ip_address,
        &mut row.user_agent,
    ] {
        *column = Some(own());
    }
    let json = serde_json::Value::from(text);
    row.payload = format!(
        "{{{json}:{json},\"actor_ref\":{json},\"actor_label\":{json},\"reason\":{json},\"impersonator\":{json},\
         \"ids\":[{json}],\"diff\":{{{json}:{{\"from\":{json},\"to\":[{json}]}}}}}}"
    )
    .into();
    row
}

/// Fails if a page has an element, an attribute or a character that only a stored text can have brought.
#[track_caller]
fn is_harmless(page: &str) {
    // A field of the form keeps its text, which it shows alone.
    let page = &page
        .split(" value=\"")
        .map(|part| part.split_once('"').map_or(part, |(_, rest)| rest));
    let page = &page.clone().collect::<String>();
    for bad in [
        "<script>",
        "<img",
        " onmouseover=\"",
        " onerror=\"",
        "\u{202e}",
        "\u{2066}",
    ] {
        assert!(!page.contains(bad), "{bad:?} in {page}");
    }
    for link in links(page) {
        let is_own = [
            "?",
            "#",
            "./",
            "../",
            "event/",
            "story/",
            "actor/",
            "resource/",
            "export.",
        ];
        assert!(is_own.iter().any(|start| link.starts_with(start)), "{link}");
    }
}

#[tokio::test]
async fn hostile_text_in_every_column_stays_text_on_every_store() {
    for place in Place::each("web_hostile").await {
        let rows: Vec<_> = (0..).zip(TEXTS).map(|(n, text)| hostile(n, text)).collect();
        let place = place.with(&rows).await;
        let site = site(place.reader());
        let first = page(&site, "/").await;
        is_harmless(&first);
        assert!(first.contains("&lt;script&gt;"), "{first}");
        assert!(first.contains("<i class=\"x\">U+202E</i>"), "{first}");
        let mut walked = 0;
        for link in links(&first).iter().filter(|link| !link.starts_with('#')) {
            let answer = get(&site, &format!("/{}", link.trim_start_matches("./"))).await;
            assert!(
                matches!(answer.status.as_u16(), 200 | 400 | 404),
                "{link}: {}",
                answer.status
            );
            if link.starts_with("export.") {
                // No browser takes a file for a page.
                let headers = &answer.headers;
                assert!(
                    headers["content-disposition"]
                        .as_bytes()
                        .starts_with(b"attachment")
                );
                assert_eq!(headers["x-content-type-options"], "nosniff");
            } else {
                is_harmless(&answer.text);
            }
            walked += 1;
        }
        assert!(walked > 20, "{walked}");
    }
}

#[tokio::test]
async fn hostile_text_in_an_address_stays_text() {
    let site = site(Place::memory().with(&[row(1)]).await.reader());
    for text in TEXTS {
        let text: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        for path in [
            format!("/?actor={text}&action={text}&resource={text}&since={text}"),
            format!("/?key={text}&route={text}&time=24h"),
            format!("/?after={text}"),
            format!("/actor/{text}/{text}"),
            format!("/resource/{text}/{text}"),
            format!("/story/{text}"),
            format!("/event/{text}"),
        ] {
            is_harmless(&get(&site, &path).await.text);
        }
    }
}

#[tokio::test]
async fn a_link_of_the_application_is_an_address_of_the_web() {
    let place = Place::memory().with(&[row(1)]).await;
    for (link, is_shown) in [("javascript:alert(1)", false), ("/admin/users/1", true)] {
        let page_of = timeline(place.reader()).links(move |_| link.to_owned());
        let page = page(&page_of.service(std::future::pending()), "/resource/User/1").await;
        assert_eq!(page.contains(link), is_shown, "{page}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_breaks_out_of_its_element(text in "[<>\"'&a{}\u{202e}\u{0}/.~]{1,12}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let site = site(Place::memory().with(&[hostile(1, &text)]).await.reader());
            let plain = site_of_plain_text().await;
            let page = page(&site, "/").await;
            // The same elements as for a harmless text of the same length.
            assert_eq!(elements(&page), elements(&plain), "{text:?}: {page}");
        });
    }
}

async fn site_of_plain_text() -> String {
    page(
        &site(Place::memory().with(&[hostile(1, "plain")]).await.reader()),
        "/",
    )
    .await
}

/// Returns the names of the elements of a page but for the boxes of characters.
fn elements(page: &str) -> Vec<&str> {
    let names = page.split('<').skip(1).filter_map(|tag| {
        let name = tag.split([' ', '>']).next()?;
        (!tag.starts_with("i class=\"x\"") && name != "/i").then_some(name)
    });
    names.filter(|name| *name != "i").collect()
}
