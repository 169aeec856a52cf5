//! `relay setup` and `relay run`.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use behavior_trace::{BehaviorTrace, record};
use behavior_trace_nats::JetStream;
use behavior_trace_servers::NatsServer;
use rustix::process::{Pid, Signal, kill_process};
use tracing_subscriber::prelude::*;

use crate::tool::{Place, Ran};

/// Time limit of a wait. Each ends as soon as it can.
const PATIENCE: Duration = Duration::from_mins(1);

/// Records events into a stream.
async fn record_into(server: &NatsServer, count: u32) {
    let stream = JetStream::new(server.url()).expect("a URL");
    let recorder = BehaviorTrace::builder().destination(stream).build();
    let recorder = recorder.expect("starts");
    let subscriber = tracing_subscriber::registry().with(recorder.layer());
    tracing::subscriber::with_default(subscriber, || {
        for id in 0..count {
            record!(action = "note.update", resource = "Note", resource_id = id);
        }
    });
    let report = recorder.shutdown(Duration::from_secs(20)).await;
    assert!(report.is_complete(), "{report}");
}

/// A relay that listens.
struct Relay {
    tool: Child,
    address: String,
    err: BufReader<std::process::ChildStderr>,
}

impl Relay {
    fn start(place: &Place, server: &NatsServer) -> Self {
        let words = ["relay", "run", "--listen", "127.0.0.1:0", "--nats"];
        let mut tool = place.start(&[&words[..], &[&server.url()]].concat());
        let mut err = BufReader::new(tool.stderr.take().expect("a pipe"));
        let mut line = String::new();
        err.read_line(&mut line).expect("a line");
        let (_, rest) = line.split_once("http://").expect("an address");
        let address = rest.split('/').next().expect("a host").to_owned();
        Self { tool, address, err }
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        let request = format!("GET {path} HTTP/1.0\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        answer
    }

    fn wait_for(&self, path: &str, parts: [&str; 2]) {
        let begun = Instant::now();
        loop {
            let answer = self.get(path);
            if parts.iter().all(|part| answer.contains(part)) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{answer}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn terminate(mut self) -> (Option<i32>, String) {
        let id = i32::try_from(self.tool.id()).expect("an id");
        let id = Pid::from_raw(id).expect("an id");
        kill_process(id, Signal::TERM).expect("it runs");
        let mut rest = String::new();
        self.err.read_to_string(&mut rest).expect("its words");
        (self.tool.wait().expect("ended").code(), rest)
    }
}

#[tokio::test]
async fn a_relay_tells_how_it_is_and_a_signal_ends_it_in_order() {
    let server = NatsServer::start("").expect("a server");
    let place = Place::sqlite();
    place.migrate().await;
    place.run(&["relay", "setup", "--nats", &server.url()]).ok();
    record_into(&server, 5).await;

    let relay = Relay::start(&place, &server);
    let stored = "behavior_trace_relay_stored_total 5\n";
    relay.wait_for("/metrics", [stored, "behavior_trace_relay_healthy 1\n"]);
    relay.wait_for("/health", [" 200 ", r#""trouble":null"#]);
    let (code, words) = relay.terminate();
    assert_eq!(code, Some(130), "{words}");
    assert!(words.contains("interrupted; 5 rows stored"), "{words}");
    assert_eq!(place.run(&["query", "--all"]).lines().len(), 5);

    let relay = Relay::start(&place, &server);
    relay.wait_for("/health", [" 200 ", "healthy"]);
    server.kill();
    relay.wait_for("/health", [" 503 ", "no connection to"]);
    let (code, words) = relay.terminate();
    assert_eq!(code, Some(130), "{words}");
}

#[test]
fn a_stream_is_set_up_over_tls_with_the_authority_of_an_option() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../trace-nats/tests/it/fixtures");
    let fixture = |name: &str| fixtures.join(name).display().to_string();
    let configuration = format!(
        "tls {{ cert_file: {:?}, key_file: {:?} }}",
        fixture("server.pem"),
        fixture("server.key")
    );
    let server = NatsServer::start(&configuration).expect("a server");
    let url = server.url().replace("nats://", "tls://");
    let place = Place::sqlite();
    let set_up = ["relay", "setup", "--nats", &url];
    let unknown: Ran = place.run(&set_up);
    assert_eq!(unknown.code, Some(1), "{unknown:?}");
    assert!(unknown.err.contains("certificate"), "{unknown:?}");
    let authority = fixture("ca.pem");
    let known = place.run(&[&set_up[..], &["--nats-ca", &authority]].concat());
    assert_eq!(known.lines().len(), 3);
}
