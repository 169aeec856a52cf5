//! A program of the guide as a process of its own.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use behavior_trace::Activity;
use behavior_trace::query::Reader;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

const DEADLINE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(10);

pub(crate) struct Program {
    child: Child,
    folder: TempDir,
    address: SocketAddr,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    text: String,
}

impl Answer {
    fn read(text: String) -> Self {
        let status = text.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.unwrap_or_else(|| panic!("no answer: {text:?}"));
        Self { status, text }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.text.lines().take_while(|line| !line.is_empty());
        lines.find_map(|line| {
            let (key, value) = line.split_once(": ")?;
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

impl Program {
    /// Starts the program behind a proxy on this machine.
    pub(crate) fn start(exe: &str) -> Self {
        Self::launch(Command::new(exe).env("BEHAVIOR_TRACE_TRUSTED_PROXIES", "127.0.0.1"))
    }

    pub(crate) fn start_without_proxies(exe: &str) -> Self {
        Self::launch(Command::new(exe).env_remove("BEHAVIOR_TRACE_TRUSTED_PROXIES"))
    }

    fn launch(command: &mut Command) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("it is bound");
        drop(free);
        let folder = tempfile::tempdir().expect("a temporary directory");
        let child = command
            .current_dir(folder.path())
            .env("ADDRESS", address.to_string())
            .env("ROCKET_PORT", address.port().to_string())
            .env("ROCKET_LOG_LEVEL", "off")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut program = Self {
            child,
            folder,
            address,
        };
        program.wait_until_it_listens();
        program
    }

    fn wait_until_it_listens(&mut self) {
        let begun = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("the program ended: {status}");
            }
            assert!(begun.elapsed() < DEADLINE, "the program does not listen");
            thread::sleep(POLL);
        }
    }

    /// Sends a request, `METHOD path`, and returns the answer.
    pub(crate) fn call(&self, line: &str, body: &str) -> Answer {
        let mut socket = TcpStream::connect(self.address).expect("the program listens");
        socket.set_read_timeout(Some(DEADLINE)).expect("a socket");
        let request = format!(
            "{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-request-id: r-1\r\nuser-agent: tests/1\r\n\
             x-forwarded-for: 203.0.113.9\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        socket.write_all(request.as_bytes()).expect("it reads");
        let mut text = String::new();
        socket.read_to_string(&mut text).expect("it answers");
        Answer::read(text)
    }

    /// Ends the program as Ctrl-C does, and returns its rows.
    pub(crate) fn rows(mut self) -> Vec<Activity<'static>> {
        let id = Pid::from_child(&self.child);
        kill_process(id, Signal::INT).expect("it runs");
        let status = self.wait();
        assert!(status.is_some_and(|status| status.success()), "{status:?}");
        let file = self.folder.path().join("activity.db");
        let url = format!("sqlite:{}", file.display());
        let reader = Reader::new(&url.parse().expect("a URL"));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime starts");
        let page = runtime.block_on(reader.query().limit(20).oldest_first().fetch());
        let items = page.expect("a readable table").items.into_iter();
        items.map(|row| row.activity).collect()
    }

    fn wait(&mut self) -> Option<std::process::ExitStatus> {
        let begun = Instant::now();
        while begun.elapsed() < DEADLINE {
            if let Some(status) = self
                .child
                .try_wait()
                .expect("it is a child of this process")
            {
                return Some(status);
            }
            thread::sleep(POLL);
        }
        None
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
