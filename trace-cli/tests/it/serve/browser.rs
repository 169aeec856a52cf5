//! A served page, and requests to it as they are on the wire.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Child;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::tool::{Place, Ran};

const LONG: Duration = Duration::from_mins(1);

/// A tool that serves the page of a place. It is killed where a test does not end it.
pub(super) struct Served {
    tool: Option<Child>,
    pub(super) port: u16,
    /// The path of the page: `/` and the segment that cannot be guessed.
    pub(super) path: String,
}

impl Served {
    pub(super) fn start(place: &Place, words: &[&str]) -> Self {
        let mut tool = place.start(&[&["serve", "--output", "table"], words].concat());
        let mut line = String::new();
        let mut stdout = BufReader::new(tool.stdout.take().expect("a pipe"));
        stdout.read_line(&mut line).expect("a line");
        assert!(!line.is_empty(), "it ended before its first line");
        let rest = line.trim_end().strip_prefix("http://127.0.0.1:");
        let (port, segment) = rest.and_then(|rest| rest.split_once('/')).expect("a URL");
        Self {
            tool: Some(tool),
            port: port.parse().expect("a port"),
            path: format!("/{segment}"),
        }
    }

    pub(super) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Sends a text, and returns the connection.
    pub(super) fn send(&self, request: &str) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("a connection");
        stream.set_read_timeout(Some(LONG)).expect("a limit");
        stream.write_all(request.as_bytes()).expect("sent");
        stream
    }

    /// Sends a text, and returns the status and all of the answer.
    pub(super) fn answer(&self, request: &str) -> (u16, String) {
        let mut answer = String::new();
        let read = self.send(request).read_to_string(&mut answer);
        read.expect("an answer");
        let status = answer.get(9..12).and_then(|status| status.parse().ok());
        (status.expect("a status"), answer)
    }

    /// Asks for a path as a browser does.
    pub(super) fn get(&self, path: &str) -> (u16, String) {
        let host = self.host();
        self.answer(&format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        ))
    }

    pub(super) fn signal(&self, signal: Signal) {
        let tool = self.tool.as_ref().expect("a tool");
        kill_process(Pid::from_child(tool), signal).expect("a signal");
    }

    /// Waits for the end, and returns what was printed.
    pub(super) fn ended(mut self) -> Ran {
        let tool = self.tool.take().expect("a tool");
        Ran::of(tool.wait_with_output().expect("an end"))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(tool) = &mut self.tool {
            tool.kill().expect("killed");
            tool.wait().expect("an end");
        }
    }
}
