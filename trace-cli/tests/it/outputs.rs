//! Forms of the output, colours and hostile text.

use std::io::{BufRead as _, BufReader, Read as _};

use behavior_trace::{Actor, Context, record};
use behavior_trace_servers::Terminal;

use crate::tool::{Place, Ran};

#[tokio::test]
async fn csv_and_json_hold_the_same_rows_as_json_lines() {
    let place = Place::each("cli_forms").await.remove(0);
    place.with_orders().await;
    let lines = place.run(&["query"]).lines();
    let json: serde_json::Value =
        serde_json::from_str(&place.run(&["query", "--output", "json"]).ok()).expect("JSON");
    for (item, line) in json["items"].as_array().expect("items").iter().zip(&lines) {
        let mut numbered = item.clone();
        numbered["schema"] = 1.into();
        assert_eq!(&numbered, line);
    }
    let csv = place.run(&["query", "--output", "csv"]).ok();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let headings = reader.headers().expect("headings").clone();
    let rows: Vec<_> = reader.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), lines.len());
    for (row, line) in rows.iter().zip(&lines) {
        for (heading, field) in headings.iter().zip(row) {
            let expected = match &line[heading] {
                serde_json::Value::Null => String::new(),
                serde_json::Value::String(text) => text.clone(),
                json => json.to_string(),
            };
            assert_eq!(field, expected, "{heading}");
        }
    }
}

#[tokio::test]
async fn a_damaged_row_looks_sound_in_no_form() {
    for place in Place::servers("cli_damaged") {
        place.migrate().await;
        place.with_orders().await;
        place.sql(
            "SET sql_mode = ''; UPDATE operational_activity SET event_id = 'x', occurred_at = '0000-00-00' \
             WHERE action = 'order.approve'",
        );
        let query = |form| ["query", "--action", "order.approve", "-o", form];
        let table = place.run(&query("table")).ok();
        assert!(!table.contains("1970"), "{table}");
        assert_eq!(table.matches("damaged").count(), 2, "{table}");
        let csv = place.run(&query("csv")).ok();
        let mut reader = csv::Reader::from_reader(csv.as_bytes());
        let headings = reader.headers().expect("headings").clone();
        let at = headings.iter().position(|heading| heading == "damaged");
        let row = reader.records().next().expect("a row").expect("sound CSV");
        assert_eq!(&row[at.expect("a column")], r#"["event_id","occurred_at"]"#);
        let tail = place.run(&["tail", "-o", "table"]).ok();
        assert!(!tail.contains("1970"), "{tail}");
    }
}

#[tokio::test]
async fn stored_text_cannot_act_on_the_terminal() {
    let place = Place::each("cli_hostile").await.remove(0);
    place
        .record(async || {
            let hostile = Actor::user(1).with_label("\u{1b}[2J\u{202e}evil\nroot");
            Context::new()
                .actor(hostile)
                .scope(async {
                    let id = "\u{1b}]0;title\u{7}\r\n\u{2066}x";
                    record!(
                        action = "note.update",
                        resource = "Note",
                        resource_id = id,
                        reason = "\u{9b}31m\u{200b}"
                    );
                })
                .await;
        })
        .await;
    let row = place.run(&["query"]).lines().remove(0);
    let event = row["event_id"].as_str().expect("an id").to_owned();
    for words in [&["query"][..], &["show", &event], &["tail"]] {
        let shown = place
            .run(&[words, &["--output", "table", "--color", "never"]].concat())
            .ok();
        let bad = shown
            .chars()
            .find(|c| (c.is_control() && *c != '\n') || ('\u{200b}'..='\u{206f}').contains(c));
        assert_eq!(bad, None, "{shown:?}");
        assert!(shown.contains("\\u{1b}"), "{shown}");
    }
}

#[tokio::test]
async fn data_on_a_terminal_is_escaped_and_in_a_pipe_as_it_is() {
    let place = Place::each("cli_hostile_data").await.remove(0);
    let id = "\u{9b}31m\u{202e}x";
    place
        .record(async || {
            record!(action = "note.update", resource = "Note", resource_id = id);
        })
        .await;
    let export = &["export", "--settle", "0s"][..];
    for (words, form, shown) in [
        (&["query"][..], "json", r"\u009b31m\u202ex"),
        (&["query"], "jsonl", r"\u009b31m\u202ex"),
        (&["query"], "csv", r"\u{9b}31m\u{202e}x"),
        (export, "jsonl", r"\u009b31m\u202ex"),
        (export, "csv", r"\u{9b}31m\u{202e}x"),
    ] {
        let words = [words, &["-q", "--output", form]].concat();
        assert!(place.run(&words).ok().contains(id), "{words:?}");
        let terminal = Terminal::start(&place.command(&words)).expect("a terminal");
        assert_eq!(terminal.exit_code().expect("an end"), 0, "{words:?}");
        let screen = terminal.screen().expect("a screen").replace('\n', "");
        assert!(screen.contains(shown), "{words:?} {screen}");
    }
}

#[tokio::test]
async fn colours_are_where_they_are_asked_for_alone() {
    let place = Place::each("cli_colours").await.remove(0);
    place.with_orders().await;
    let table = ["query", "--output", "table"];
    assert!(!place.run(&table).ok().contains('\u{1b}'));
    let always = place
        .run(&[&table[..], &["--color", "always"]].concat())
        .ok();
    assert!(always.contains('\u{1b}'), "{always}");
    let mut command = place.command(&table);
    let forced = command
        .env("CLICOLOR_FORCE", "1")
        .output()
        .expect("the tool runs");
    assert!(Ran::of(forced).ok().contains('\u{1b}'));
    let mut command = place.command(&table);
    let never = command
        .env("CLICOLOR_FORCE", "1")
        .env("NO_COLOR", "1")
        .output();
    assert!(
        !Ran::of(never.expect("the tool runs"))
            .ok()
            .contains('\u{1b}')
    );
    let mut command = place.command(&[&table[..], &["--color", "always"]].concat());
    let ran = command.env("NO_COLOR", "1").output();
    let option = Ran::of(ran.expect("the tool runs")).ok();
    assert_eq!(option, always);
    assert!(option.contains("\u{1b}[38;5;6m"), "{option:?}");
    let help = place.run(&["--help", "--color", "always"]).ok();
    assert!(help.contains('\u{1b}'));
}

#[tokio::test]
async fn a_reader_that_leaves_is_a_success() {
    let place = Place::each("cli_pipe").await.remove(0);
    place
        .record(async || {
            for id in 0..200 {
                record!(
                    action = "note.update",
                    resource = "Note",
                    resource_id = id,
                    payload = serde_json::json!({"texts": vec!["t".repeat(5_000); 10]})
                );
            }
        })
        .await;
    for form in ["table", "json", "jsonl", "csv"] {
        let mut tool = place.start(&["query", "--all", "--output", form]);
        let mut stdout = BufReader::new(tool.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        drop(stdout);
        let mut error = String::new();
        let mut stderr = tool.stderr.take().expect("a pipe");
        stderr.read_to_string(&mut error).expect("a text");
        let code = tool.wait().expect("an end").code();
        assert_eq!((code, &*error), (Some(0), ""), "{form}");
    }
}
