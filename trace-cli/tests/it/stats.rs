//! `stats`.

use std::net::TcpListener;

use behavior_trace::{Actor, Context, record};
use behavior_trace_servers::Terminal;
use serde_json::{Value, json};

use crate::tool::{Place, Ran};

/// Returns the lines of a table between its rules.
fn lines(table: &str) -> Vec<&str> {
    table
        .lines()
        .filter(|line| !line.starts_with(['─', '═']))
        .collect()
}

#[tokio::test]
async fn each_property_is_counted_on_each_store() {
    for place in Place::each("cli_stats").await {
        place.with_orders().await;
        let cases: [(&[&str], Value); 6] = [
            (
                &["--by", "action"],
                json!([
                    ["order.create", 2],
                    ["invoice.delete", 1],
                    ["order.approve", 1]
                ]),
            ),
            (
                &[],
                json!([
                    ["order.create", 2],
                    ["invoice.delete", 1],
                    ["order.approve", 1]
                ]),
            ),
            (&["--by", "actor"], json!([["USER:7", 3], ["ANONYMOUS", 1]])),
            (&["--by", "resource"], json!([["Order", 3], ["Invoice", 1]])),
            (
                &["--action", "order.*", "-n", "1"],
                json!([["order.create", 2], [null, 1]]),
            ),
            (&["--before", "1h"], json!([])),
        ];
        for (words, expected) in cases {
            let rows = place.run(&[&["stats"], words].concat()).lines();
            let found: Vec<_> = rows
                .iter()
                .map(|row| json!([row["key"], row["rows"]]))
                .collect();
            assert_eq!(Value::from(found), expected, "{} {words:?}", place.store);
            assert!(
                rows.iter()
                    .all(|row| row["schema"] == 1 && row["by"].is_string())
            );
        }
        let hours = place.run(&["stats", "--by", "hour"]).lines();
        let rows: u64 = hours.iter().filter_map(|row| row["rows"].as_u64()).sum();
        assert_eq!(rows, 4, "{}", place.store);
    }
}

#[tokio::test]
async fn the_table_has_a_bar_for_each_group_and_a_line_for_the_others() {
    let place = Place::each("cli_stats_table").await.remove(0);
    place.with_orders().await;
    let words = ["stats", "--output", "table"];
    assert_eq!(
        lines(&place.run(&words).ok()),
        [
            " group            rows   share",
            " order.create        2   50.0 %   ████████████████████████",
            " invoice.delete      1   25.0 %   ████████████",
            " order.approve       1   25.0 %   ████████████",
        ]
    );
    let few = place.run(&[&words[..], &["-n", "1"]].concat());
    assert_eq!(few.err, "more groups: add -n with a larger number\n");
    assert_eq!(
        lines(&few.ok()),
        [
            " group          rows   share",
            " order.create      2   50.0 %   ████████████████████████",
            " others            2   50.0 %",
        ]
    );
    let mut command = place.command(&words);
    let ascii = command.env("LC_ALL", "C").output().expect("the tool runs");
    let ascii = Ran::of(ascii).ok();
    assert!(
        ascii.contains("50.0 %   ########################\n"),
        "{ascii}"
    );
    let csv = place
        .run(&["stats", "--by", "actor", "--output", "csv"])
        .ok();
    assert_eq!(csv, "by,key,rows\nactor,USER:7,3\nactor,ANONYMOUS,1\n");
}

#[tokio::test]
async fn hours_are_shown_in_the_zone() {
    let place = Place::each("cli_stats_hours").await.remove(0);
    place.with_orders().await;
    let hour = place.run(&["stats", "--by", "hour"]).lines().remove(0);
    let utc = hour["key"].as_str().expect("an hour");
    let words = ["stats", "--by", "hour", "--output", "table"];
    let table = place.run(&words).ok();
    let start = utc.replace('T', " ").replace(":00Z", "");
    assert!(
        table.contains(" hour (UTC) ") && table.contains(&start),
        "{utc} in {table}"
    );
    let table = place
        .run(&[&words[..], &["--zone", "Asia/Kolkata"]].concat())
        .ok();
    assert!(
        table.contains(":30 ") && table.contains("(Asia/Kolkata)"),
        "{table}"
    );
}

#[tokio::test]
async fn each_end_has_its_exit_code() {
    let mut place = Place::each("cli_stats_ends").await.remove(0);
    let empty = place.run(&["stats", "--output", "table"]);
    assert_eq!(
        (empty.code, empty.err.as_str()),
        (Some(0), "no rows\n"),
        "{empty:?}"
    );
    assert_eq!(place.run(&["stats", "--fail-if-empty"]).code, Some(4));
    for wrong in [&["--by", "colour"][..], &["-n", "0"], &["--since", "soon"]] {
        assert_eq!(
            place.run(&[&["stats"], wrong].concat()).code,
            Some(2),
            "{wrong:?}"
        );
    }
    for place in Place::servers("cli_stats_no_table") {
        let ran = place.run(&["stats"]);
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.err.contains("run the migrations"), "{ran:?}");
    }
    let port = TcpListener::bind("127.0.0.1:0")
        .expect("a port")
        .local_addr()
        .expect("its address");
    place.url = format!("mysql://app@{port}/shop");
    let ran = place.run(&["stats"]);
    assert_eq!(ran.code, Some(75), "{ran:?}");
}

#[tokio::test]
async fn a_stored_text_cannot_act_on_the_terminal_or_break_the_chart() {
    let place = Place::each("cli_stats_hostile").await.remove(0);
    place
        .record(async || {
            for (count, id) in [
                (1, "\u{1b}[2J\u{202e}evil\nroot".to_owned()),
                (2, "x".repeat(200)),
            ] {
                let actor = Actor::new("USER", id);
                let event = async || record!(action = "note.update", resource = "Note");
                for _ in 0..count {
                    Context::new().actor(actor.clone()).scope(event()).await;
                }
            }
        })
        .await;
    let table = place
        .run(&["stats", "--by", "actor", "--output", "table"])
        .ok();
    assert!(
        table.contains("USER:\\u{1b}[2J\\u{202e}evil\\nroot"),
        "{table}"
    );
    let terminal = Terminal::start(&place.command(&["stats", "--by", "actor"]));
    let terminal = terminal.expect("a terminal");
    let bar = "█".repeat(24);
    let screen = terminal.wait_for(|screen| screen.contains(&bar));
    screen.expect("a whole bar beside a long name");
}

#[test]
fn a_range_that_ends_before_it_begins_is_wrong_usage() {
    let ran = Place::sqlite().run(&["stats", "--before", "2026-01-01"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("add --since"), "{ran:?}");
}
