//! `tail`.

use std::io::{BufRead as _, BufReader};
use std::process::Child;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use behavior_trace::record;
use behavior_trace_servers::{Kind, Server};
use rustix::process::{Pid, Signal, kill_process};

use crate::tool::{Place, Ran};

const LONG: Duration = Duration::from_mins(1);

/// Returns the lines of a running tool, as they come.
fn lines(tool: &mut Child) -> Receiver<String> {
    let stdout = BufReader::new(tool.stdout.take().expect("a pipe"));
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for line in stdout.lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    receiver
}

fn id_of(line: &str) -> String {
    let row: serde_json::Value = serde_json::from_str(line).expect("JSON");
    row["resource_id"].as_str().expect("an id").to_owned()
}

async fn record_ids(place: &Place, ids: std::ops::Range<u32>) {
    place
        .record(async || {
            for id in ids {
                record!(action = "note.update", resource = "Note", resource_id = id);
            }
        })
        .await;
}

#[tokio::test]
async fn the_last_rows_come_in_order_and_a_start_in_time_gives_all() {
    for place in Place::each("cli_tail").await {
        record_ids(&place, 0..15).await;
        let ids = |words: &[&str]| {
            let rows = place.run(words).lines();
            rows.iter()
                .map(|row| id_of(&row.to_string()))
                .collect::<Vec<_>>()
        };
        let expected = |from: u32| (from..15).map(|id| id.to_string()).collect::<Vec<_>>();
        assert_eq!(ids(&["tail"]), expected(5), "{}", place.store);
        assert_eq!(ids(&["tail", "-n", "2"]), expected(13), "{}", place.store);
        assert_eq!(
            ids(&["tail", "--since", "1h"]),
            expected(0),
            "{}",
            place.store
        );
    }
}

#[tokio::test]
async fn following_prints_each_row_once_and_an_interrupt_names_where_to_go_on() {
    for place in Place::each("cli_follow").await {
        record_ids(&place, 0..5).await;
        let mut tool = place.start(&["tail", "-f", "-n", "2", "--poll-interval", "50ms"]);
        let rows = lines(&mut tool);
        let mut ids = vec![
            rows.recv_timeout(LONG).expect("a row"),
            rows.recv_timeout(LONG).expect("a row"),
        ];
        record_ids(&place, 5..40).await;
        while ids.len() < 37 {
            ids.push(rows.recv_timeout(LONG).expect("a row"));
        }
        let ids: Vec<_> = ids.iter().map(|line| id_of(line)).collect();
        let expected: Vec<_> = (3..40).map(|id| id.to_string()).collect();
        assert_eq!(ids, expected, "{}", place.store);

        kill_process(Pid::from_child(&tool), Signal::INT).expect("a signal");
        let ended = Ran::of(tool.wait_with_output().expect("an end"));
        assert_eq!(ended.code, Some(130), "{ended:?}");
        let (_, position) = ended.err.trim().rsplit_once(' ').expect("a position");
        record_ids(&place, 40..42).await;
        let mut tool = place.start(&["tail", "-f", "--after", position]);
        let rows = lines(&mut tool);
        let mut next = id_of(&rows.recv_timeout(LONG).expect("a row"));
        // Rows below an id that may still appear come once more.
        while next != "40" {
            next = id_of(&rows.recv_timeout(LONG).expect("a row"));
        }
        tool.kill().expect("killed");
        tool.wait().expect("an end");
    }
}

#[tokio::test]
async fn a_reader_that_leaves_ends_it_without_a_further_row() {
    let place = Place::each("cli_tail_head").await.remove(0);
    record_ids(&place, 0..3).await;
    let mut tool = place.start(&["tail", "-f"]);
    let mut stdout = BufReader::new(tool.stdout.take().expect("a pipe"));
    let mut line = String::new();
    stdout.read_line(&mut line).expect("a line");
    drop(stdout);
    let ended = Ran::of(tool.wait_with_output().expect("an end"));
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{ended:?}");
}

#[tokio::test]
async fn it_goes_on_after_a_restart_of_the_server() {
    for kind in [Kind::MariaDb, Kind::MySql] {
        let server = Server::builder(kind).start().expect("a server");
        let place = Place::on(server.database("cli_restart").expect("a database"));
        place.migrate().await;
        record_ids(&place, 0..1).await;
        let mut tool = place.start(&["tail", "-f", "-n", "1"]);
        let rows = lines(&mut tool);
        assert_eq!(id_of(&rows.recv_timeout(LONG).expect("a row")), "0");
        let mut stderr = BufReader::new(tool.stderr.take().expect("a pipe"));
        let mut note = || {
            let mut line = String::new();
            stderr.read_line(&mut line).expect("a line");
            line
        };
        server.kill().expect("killed");
        let waiting = note();
        assert!(
            waiting.starts_with("waiting for the database: "),
            "{waiting}"
        );
        server.restart().expect("restarted");
        record_ids(&place, 1..2).await;
        assert_eq!(
            id_of(&rows.recv_timeout(LONG).expect("a row")),
            "1",
            "{kind:?}"
        );
        assert_eq!(note(), "the database answers again\n");
        tool.kill().expect("killed");
        tool.wait().expect("an end");
    }
}

#[test]
fn json_is_refused_where_it_would_never_end() {
    let ran = Place::sqlite().run(&["tail", "-f", "--output", "json"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
}
