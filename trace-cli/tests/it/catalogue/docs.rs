//! `catalogue docs`.

use behavior_trace_servers::{Kind, Server};
use serde_json::Value;

use super::write;
use crate::tool::{Place, Ran, shown, tool};

const FILE: &str = "behavior-trace.catalogue.json";

const LINES: [&str; 5] = [
    "* Note shop::notes::-",
    "order.approve Order shop::orders::approve resource_id",
    "order.archive Order shop::orders::archive resource_id",
    "order.create Order shop::orders::create payload resource_id",
    "user.update User shop::users::update",
];

#[test]
fn the_page_is_grouped_by_resource_and_needs_no_database() {
    let place = Place::sqlite();
    write(&place, FILE, &LINES);
    let mut command = tool(place.path());
    let ran = command.args(["catalogue", "docs"]).output();
    let page = Ran::of(ran.expect("the tool runs")).ok();
    shown("catalogue-docs", &page, &[]);
    let named = place.run(&["catalogue", "docs", FILE, "--output", "table"]);
    assert_eq!(named.ok(), page);

    let mut command = tool(place.path());
    let ran = command.args(["catalogue", "docs", "--last-seen"]).output();
    let ran = Ran::of(ran.expect("the tool runs"));
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.err.starts_with("behavior-trace: no database"),
        "{ran:?}"
    );
    let alone = place.run(&["catalogue", "docs", "--since", "1d"]);
    assert_eq!(alone.code, Some(2), "{alone:?}");
}

#[tokio::test]
async fn the_last_row_of_each_action_is_shown_with_the_names_that_only_one_side_has() {
    for place in Place::each("cli_catalogue").await {
        place.with_orders().await;
        write(&place, FILE, &LINES);
        let page = place.run(&["catalogue", "docs", "--last-seen"]).ok();
        shown("catalogue-docs-seen", &page, &[]);

        let lines = place
            .run(&["catalogue", "docs", "--last-seen", "--output", "jsonl"])
            .lines();
        let states: Vec<_> = lines
            .iter()
            .map(|line| (line["action"].as_str(), line["state"].as_str()))
            .collect();
        let pairs = [
            ("*", "open"),
            ("order.approve", "seen"),
            ("order.archive", "never"),
            ("order.create", "seen"),
            ("user.update", "never"),
            ("invoice.delete", "unknown"),
        ];
        let pairs = pairs.map(|(action, state)| (Some(action), Some(state)));
        assert_eq!(states, pairs, "{}", place.store);
        assert_eq!(lines[5]["rows"], 1);
        let last = place.run(&["query", "--action", "order.create", "-n", "1"]);
        assert_eq!(lines[3]["last_seen"], last.lines()[0]["occurred_at"]);

        let words = ["catalogue", "docs", "--last-seen", "--since", "now"];
        let none = place.run(&[&words[..], &["--output", "jsonl"]].concat());
        assert!(
            none.lines()
                .iter()
                .all(|line| line["last_seen"] == Value::Null)
        );
    }
}

#[test]
fn a_database_that_is_unavailable_exits_with_75() {
    let server = Server::builder(Kind::MariaDb).start().expect("a server");
    let place = Place::on(server.database("cli_catalogue_away").expect("a database"));
    write(&place, FILE, &LINES);
    server.kill().expect("killed");
    let ran = place.run(&["catalogue", "docs", "--last-seen"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(75), ""), "{ran:?}");
}
