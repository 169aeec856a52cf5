//! Lists claim no more than their rows show: further pages, filters, scopes and parts of a story.

use behavior_trace_core::{Activity, Timestamp};
use behavior_trace_web::{Column, Scope, Timeline, Viewer};

use crate::place::{Place, STORY, event, row};
use crate::site::{get, links, page, seen_by, site, site_of, words};

/// Returns the further page of a page.
async fn further(site: &behavior_trace_web::TimelineService, path: &str) -> String {
    let first = page(site, path).await;
    let (_, link) = first
        .split_once("rel=\"next\" href=\"")
        .expect("a further page");
    let link = link
        .split('"')
        .next()
        .expect("a link")
        .replace("&amp;", "&");
    let base = url::Url::parse(&format!("http://x{path}")).expect("an address");
    let url = base.join(&link).expect("a link");
    page(
        site,
        &format!("{}?{}", url.path(), url.query().expect("a query")),
    )
    .await
}

/// Returns the rows of a story: one each second, of two requests.
fn story(number: u32) -> Vec<Activity<'static>> {
    let one = |number| {
        let mut row = event(number, "order.ship", "{}");
        row.occurred_at =
            Timestamp::from_micros(1_790_000_000_000_000 + i64::from(number) * 1_000_000);
        row.request_id = Some(if number == 0 { "r-0" } else { "r-1" }.into());
        row
    };
    let mut rows: Vec<_> = (0..number).map(one).collect();
    rows[0].action = "order.approve".into();
    rows
}

#[tokio::test]
async fn a_whole_story_has_its_extent_its_requests_and_its_rail() {
    let place = Place::memory().with(&story(3)).await;
    let page = page(&site(place.reader()), &format!("/story/{STORY}")).await;
    let text = words(&page);
    assert!(text.contains("Took2.000 s, 2 requests and jobs"), "{text}");
    // Under the strip: its first, middle and last time.
    assert!(text.contains("+0.000 s+1.000 s+2.000 s"), "{text}");
    assert!(text.contains("and 2 more events followed"), "{text}");
    assert!(
        !text.contains("On this page") && !text.contains("First events"),
        "{text}"
    );
    // Of the three, two are of one request.
    assert_eq!(page.matches("class=\"n j\"").count(), 1, "{page}");
}

#[tokio::test]
async fn a_further_page_of_a_story_is_later_and_keeps_the_begin_of_the_story() {
    for place in Place::each("web_long_story").await {
        let place = place.with(&story(60)).await;
        let site = site(place.reader());
        let path = format!("/story/{STORY}");
        let first = words(&page(&site, &path).await);
        assert!(
            first.contains("Later events") && !first.contains("Older"),
            "{first}"
        );
        assert!(
            first.contains("On this page+0.000 s to +49.000 s"),
            "{first}"
        );
        assert!(
            !first.contains("Took") && !first.contains("followed"),
            "{first}"
        );
        let second = words(&further(&site, &path).await);
        assert!(
            second.contains("approved"),
            "the first event is the title: {second}"
        );
        assert!(
            second.contains("First events") && !second.contains("Newest"),
            "{second}"
        );
        assert!(
            second.contains("On this page+50.000 s to +59.000 s"),
            "{second}"
        );
        assert!(
            second.contains("+50.000 s") && !second.contains("Took"),
            "{second}"
        );
    }
}

#[tokio::test]
async fn a_filtered_story_claims_no_begin() {
    let place = Place::memory().with(&story(3)).await;
    let site = site(place.reader());
    let text = words(&page(&site, &format!("/story/{STORY}?action=order.ship")).await);
    assert!(
        text.contains("First that matches") && !text.contains("Began"),
        "{text}"
    );
    let none = words(&page(&site, &format!("/story/{STORY}?action=order.none")).await);
    assert!(none.contains("Nothing matches these filters"), "{none}");
    assert_eq!(get(&site, "/story/none").await.status, 404);
}

#[tokio::test]
async fn the_end_of_a_history_is_that_of_its_filter() {
    let place = Place::memory().with(&[row(7)]).await;
    let site = site(place.reader());
    let all = words(&page(&site, "/resource/User/7").await);
    assert!(all.contains("There are no older events to show"), "{all}");
    let some = words(&page(&site, "/resource/User/7?time=24h").await);
    assert!(some.contains("No older events match the filters"), "{some}");
    let none = page(&site, "/resource/User/7?action=user.none").await;
    assert!(
        words(&none).contains("Nothing matches these filters"),
        "{none}"
    );
    // The link keeps the record.
    assert!(
        links(&none).contains(&"../../resource/User/7".to_owned()),
        "{none}"
    );
}

#[tokio::test]
async fn widening_on_the_page_of_an_actor_keeps_the_actor() {
    let place = Place::memory().with(&[row(7)]).await;
    let none = page(&site(place.reader()), "/actor/user/9").await;
    let links = links(&none);
    assert!(words(&none).contains("Nothing matches"), "{none}");
    for link in ["../../actor/user/9?time=365d", "../../actor/user/9"] {
        assert!(links.iter().any(|one| one == link), "{link}: {links:?}");
    }
}

#[tokio::test]
async fn a_scope_without_rows_is_not_taken_for_an_empty_table() {
    let place = Place::memory().with(&[row(7)]).await;
    let site = site_of(place.reader(), Scope::resource_type("Order"));
    let text = words(&page(&site, "/").await);
    assert!(
        text.contains("Nothing that you may see is recorded yet"),
        "{text}"
    );
    assert!(
        !text.contains("Annotate") && !text.contains("Nothing is recorded"),
        "{text}"
    );
}

#[tokio::test]
async fn an_actor_leads_to_its_acts_in_the_name_of_others() {
    for place in Place::each("web_as_others").await {
        let mut acts = event(
            3,
            "user.update",
            r#"{"impersonator":"ADMIN:9","diff":{"a":{"to":1}}}"#,
        );
        (acts.actor_type, acts.actor_id) = ("USER".into(), Some(7));
        let place = place.with(&[row(1), acts]).await;
        let site = site(place.reader());
        let actor = page(&site, "/actor/admin/9").await;
        let link = "../../?time=30d&impersonator=admin%3A9".to_owned();
        assert!(links(&actor).contains(&link), "{actor}");
        let text = words(&page(&site, "/?impersonator=admin%3A9&time=30d").await);
        assert!(
            text.contains("Admin 9 acting as User 7 changed a of User 3"),
            "{text}"
        );
        assert!(!text.contains("of User 1"), "{text}");
        let theirs = words(&page(&site, "/actor/user/7").await);
        assert!(
            theirs.contains("Admin 9 acting as User 7 changed a"),
            "{theirs}"
        );
        let time = page(&site, "/?impersonator=admin:9").await;
        assert!(time.contains("Choose a time"), "{time}");
    }
    let place = Place::memory().with(&[row(1)]).await;
    let hidden = Timeline::new(place.reader()).hide([Column::Payload]);
    let site = seen_by(hidden, Viewer::new("ada")).service(std::future::pending());
    assert!(!page(&site, "/actor/admin/1").await.contains("impersonator"));
}

#[tokio::test]
async fn a_stacked_table_has_its_roles() {
    let place = Place::memory().with(&[row(7)]).await;
    let page = page(&site(place.reader()), "/resource/User/7").await;
    for (_, table) in page
        .match_indices("<table class=\"g\"")
        .map(|(at, _)| page.split_at(at))
    {
        let table = table.split("</table>").next().expect("an end");
        for (element, role) in [
            ("<table", "table"),
            ("<thead", "rowgroup"),
            ("<tbody", "rowgroup"),
            ("<tr", "row"),
            ("<th scope=\"col\"", "columnheader"),
            ("<th scope=\"row\"", "rowheader"),
            ("<td", "cell"),
        ] {
            let tags = table
                .split(element)
                .skip(1)
                .map(|rest| rest.split('>').next());
            let mut tags = tags.flatten().peekable();
            assert!(tags.peek().is_some(), "{element}: {table}");
            assert!(
                tags.all(|tag| tag.contains(&format!("role=\"{role}\""))),
                "{element}: {table}"
            );
        }
    }
    assert_eq!(page.matches("<table class=\"g\"").count(), 2, "{page}");
}

#[tokio::test]
async fn a_bulk_operation_of_one_is_a_record() {
    let mut bulk = event(1, "note.archive", r#"{"count":1,"ids":[7]}"#);
    bulk.resource_id = None;
    bulk.resource = "Note".into();
    let place = Place::memory().with(&[bulk]).await;
    let text = words(&page(&site(place.reader()), "/").await);
    assert!(text.contains("archived 1 Note record"), "{text}");
    assert!(!text.contains("Note records"), "{text}");
}
