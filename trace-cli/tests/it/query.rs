//! `query`, `history`, `story` and `show`.

use serde_json::Value;

use crate::tool::Place;

fn actions(rows: &[Value]) -> Vec<&str> {
    rows.iter()
        .filter_map(|row| row["action"].as_str())
        .collect()
}

#[tokio::test]
async fn each_filter_finds_its_rows_on_each_store() {
    for place in Place::each("cli_filters").await {
        place.with_orders().await;
        let all = [
            "invoice.delete",
            "order.create",
            "order.approve",
            "order.create",
        ];
        let cases: [(&[&str], &[&str]); 15] = [
            (&[], &all),
            (&["--actor", "user:7"], &all[1..]),
            (&["--actor", "USER"], &all[1..]),
            (&["--actor", "anonymous"], &all[..1]),
            (&["--action", "order.*"], &all[1..]),
            (&["--action", "order.approve"], &all[2..3]),
            (&["--resource", "Order"], &all[1..]),
            (&["--resource", "Order:2"], &all[1..2]),
            (&["--correlation", "c-1", "--request", "r-1"], &all[1..]),
            (&["--route", "/orders/{id}"], &all[1..]),
            (&["--payload-key", "total"], &all[1..]),
            (&["--since", "1h"], &all),
            (&["--before", "1h"], &[]),
            (&["--before", "9999-12-31"], &all),
            (&["--since", "9999-12-31T23:59:59Z"], &[]),
        ];
        for (filters, expected) in cases {
            let rows = place.run(&[&["query"], filters].concat()).lines();
            assert_eq!(actions(&rows), expected, "{} {filters:?}", place.store);
        }
    }
}

#[tokio::test]
async fn a_history_is_of_one_resource_and_a_story_is_in_the_order_of_time() {
    for place in Place::each("cli_history").await {
        place.with_orders().await;
        let history = place.run(&["history", "Order", "1"]).lines();
        assert_eq!(
            actions(&history),
            ["order.approve", "order.create"],
            "{}",
            place.store
        );
        let story = place.run(&["story", "c-1"]).lines();
        assert_eq!(
            actions(&story),
            ["order.create", "order.approve", "order.create"],
            "{}",
            place.store
        );
    }
}

#[tokio::test]
async fn pages_follow_each_other_by_the_cursor_and_all_prints_each_row_once() {
    for place in Place::each("cli_pages").await {
        place.with_orders().await;
        let mut ids = Vec::new();
        let mut after = Vec::new();
        loop {
            let words = [&["query", "-n", "3", "--output", "json"], after.as_slice()].concat();
            let page: Value = serde_json::from_str(&place.run(&words).ok()).expect("JSON");
            assert_eq!(page["schema"], 1);
            let items = page["items"].as_array().expect("items");
            ids.extend(items.iter().map(|row| row["id"].clone()));
            match page["next"].as_str() {
                Some(next) => after = vec!["--after", String::leak(next.to_owned())],
                None => break,
            }
        }
        let all = place.run(&["query", "-n", "1", "--all"]).lines();
        let all: Vec<_> = all.iter().map(|row| row["id"].clone()).collect();
        assert_eq!((ids.len(), &ids), (4, &all), "{}", place.store);

        let first = place.run(&["query", "-n", "3"]);
        assert!(
            first.err.starts_with("more rows: add --after "),
            "{first:?}"
        );
    }
}

#[tokio::test]
async fn an_event_is_shown_in_full_and_an_unknown_one_exits_with_4() {
    for place in Place::each("cli_show").await {
        place.with_orders().await;
        let row = place
            .run(&["query", "--action", "order.approve"])
            .lines()
            .remove(0);
        let event = row["event_id"].as_str().expect("an id");
        let shown = place.run(&["show", event, "--output", "table"]).ok();
        for part in [
            "USER:7 (Ada)",
            "order.approve",
            "Order:1",
            "c-1",
            "total: 1",
            event,
        ] {
            assert!(shown.contains(part), "{part} in {shown}");
        }
        let unknown = place.run(&["show", "00000000-0000-4000-8000-000000000000"]);
        assert_eq!(unknown.code, Some(4), "{unknown:?}");
        let empty = place.run(&["query", "--action", "a.b", "--fail-if-empty"]);
        assert_eq!((empty.code, empty.out.as_str()), (Some(4), ""), "{empty:?}");
        assert_eq!(place.run(&["query", "--action", "a.b"]).code, Some(0));
    }
}

#[tokio::test]
async fn a_cursor_of_another_query_is_wrong_usage() {
    let place = Place::sqlite();
    place.run(&["query"]);
    let place = Place::each("cli_cursor").await.remove(0);
    place.with_orders().await;
    let page: Value =
        serde_json::from_str(&place.run(&["query", "-n", "1", "--output", "json"]).ok())
            .expect("JSON");
    let next = page["next"].as_str().expect("a next page");
    let other = place.run(&["query", "--after", next, "--resource", "Order"]);
    assert_eq!(other.code, Some(2), "{other:?}");
    let malformed = place.run(&["query", "--after", "x"]);
    assert_eq!(malformed.code, Some(2), "{malformed:?}");
}
