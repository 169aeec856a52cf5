//! The end of `serve`, and its first line.

use std::io::{BufRead as _, BufReader, Read as _};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::browser::Served;
use crate::tool::{Place, Ran};

#[tokio::test]
async fn a_signal_ends_it_within_a_second_with_tails_open() {
    for place in Place::each("cli_serve_end").await {
        for signal in [Signal::INT, Signal::TERM] {
            let served = Served::start(&place, &[]);
            let request = format!(
                "GET {}/tail HTTP/1.1\r\nHost: {}\r\n\r\n",
                served.path,
                served.host()
            );
            let mut tail = BufReader::new(served.send(&request));
            let mut line = String::new();
            while !line.starts_with("id:") {
                line.clear();
                assert!(tail.read_line(&mut line).expect("a line") > 0, "no event");
            }
            // A connection that asks for nothing is no reason to wait.
            let idle = served.send("GET /");
            let begun = Instant::now();
            served.signal(signal);
            let mut rest = String::new();
            tail.read_to_string(&mut rest).expect("an end in order");
            assert!(
                rest.ends_with("\r\n0\r\n\r\n") || rest == "0\r\n\r\n",
                "{rest:?}"
            );
            let ended = served.ended();
            let taken = begun.elapsed();
            assert!(taken < Duration::from_secs(1), "{taken:?}");
            assert_eq!(ended.code, Some(130), "{ended:?}");
            let words = "behavior-trace: interrupted; the page is closed\n";
            assert!(ended.err.ends_with(words), "{ended:?}");
            drop(idle);
        }
    }
}

#[tokio::test]
async fn its_first_line_is_the_address_in_each_form() {
    let place = Place::sqlite();
    place.migrate().await;
    for (form, line_of_it) in [("table", 0), ("json", 0), ("jsonl", 0), ("csv", 1)] {
        let mut tool = place.start(&["serve", "-q", "-o", form]);
        let stdout = BufReader::new(tool.stdout.take().expect("a pipe"));
        let line = stdout.lines().nth(line_of_it).expect("a line");
        let line = line.expect("UTF-8");
        let url = if form.starts_with("json") {
            let object: serde_json::Value = serde_json::from_str(&line).expect("JSON");
            assert_eq!(object["schema"], 1);
            object["url"].as_str().expect("a URL").to_owned()
        } else {
            line
        };
        assert!(url.starts_with("http://127.0.0.1:"), "{form}: {url}");
        assert_eq!(
            url.rsplit('/').next().map(str::len),
            Some(32),
            "{form}: {url}"
        );
        tool.kill().expect("killed");
        let ended = Ran::of(tool.wait_with_output().expect("an end"));
        assert_eq!(ended.err, "", "{form}");
    }
}
