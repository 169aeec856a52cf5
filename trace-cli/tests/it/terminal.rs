//! What people see: the tool in a real terminal.

use behavior_trace::{Actor, Context, record};
use behavior_trace_servers::Terminal;

use crate::tool::{Place, shown};

#[test]
fn the_guide_shows_the_screens_that_the_tests_see() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read_to_string(root.join(path)).expect("a text");
    let page = read("../docs/guide/src/terminal.md");
    for name in ["query", "tail"] {
        let screen = read(&format!("tests/it/shown/{name}.txt"));
        assert!(page.contains(&screen), "{name}:\n{screen}");
    }
}

#[tokio::test]
async fn an_export_shows_its_progress_and_leaves_a_table() {
    let place = Place::each("cli_bar").await.remove(0);
    place
        .record(async || {
            for id in 0..30_000 {
                record!(action = "note.update", resource = "Note", resource_id = id);
            }
        })
        .await;
    let export = place.command(&["export", "--settle", "0s", "--to", "rows.jsonl"]);
    let terminal = Terminal::start(&export).expect("a terminal");
    let bar = terminal
        .wait_for(|screen| screen.contains(" % "))
        .expect("a bar");
    assert!(bar.contains("rows up to id"), "{bar}");
    assert_eq!(terminal.exit_code().expect("an end"), 0);
    let table = terminal.screen().expect("a screen");
    assert!(!table.contains(" % "), "{table}");
    shown("export", &table, &[]);
}

#[tokio::test]
async fn tail_shows_rows_as_they_come_and_says_how_to_go_on() {
    let place = Place::each("cli_screen").await.remove(0);
    place.with_orders().await;
    let terminal = Terminal::start(&place.command(&["tail", "-f"])).expect("a terminal");
    terminal
        .wait_for(|screen| screen.contains("invoice.delete"))
        .expect("the last rows");
    place
        .record(async || {
            let admin = Actor::admin(1).with_label("Grace");
            let change = serde_json::json!({"total": {"from": 1, "to": 2}});
            Context::new()
                .actor(admin)
                .scope(async {
                    record!(
                        action = "order.update",
                        resource = "Order",
                        resource_id = 2,
                        payload = serde_json::json!({"diff": change})
                    );
                })
                .await;
        })
        .await;
    terminal
        .wait_for(|screen| screen.contains("order.update"))
        .expect("a new row");
    terminal.type_keys(&["C-c"]).expect("typed");
    assert_eq!(terminal.exit_code().expect("an end"), 130);
    let screen = terminal.screen().expect("a screen");
    let (_, position) = screen.trim_end().rsplit_once(' ').expect("a position");
    shown("tail", &screen, &[position]);
}

#[tokio::test]
async fn a_terminal_gets_a_table_and_a_pipe_json_lines() {
    let place = Place::each("cli_table").await.remove(0);
    place.with_orders().await;
    let terminal = Terminal::start(&place.command(&["query"])).expect("a terminal");
    assert_eq!(terminal.exit_code().expect("an end"), 0);
    shown("query", &terminal.screen().expect("a screen"), &[]);
    assert_eq!(place.run(&["query"]).lines().len(), 4);
}
