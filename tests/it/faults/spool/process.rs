//! The other process of a row: its start, and its roles.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::fd::AsRawFd as _;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;
use std::{env, thread};

use behavior_trace::config::Pipeline;
use behavior_trace::config::{Config, ErrorOutput};

use super::{scarce, unheard};
use crate::faults::judgement::limit;
use crate::faults::rounds;
use crate::faults::site::Site;

pub(super) struct Process {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Process {
    /// Starts this binary in a role, after `change` has adjusted the command.
    pub(super) fn start(site: &Site, role: &str, change: impl FnOnce(&mut Command)) -> Self {
        // The descriptor works for another user, who may have no access to the directories above the binary.
        let binary = File::open(env::current_exe().expect("this binary")).expect("readable");
        let path = format!("/proc/self/fd/{}", binary.as_raw_fd());
        let mut command = Command::new(path);
        command
            .args(["--exact", "faults::spool::process::role", "--ignored"])
            .arg("--nocapture")
            .env("FAULTS_SPOOL_ROLE", role)
            .env("FAULTS_ROUNDS", ["quick", "earnest"][rounds(0, 1) as usize])
            .env_remove("BEHAVIOR_TRACE_FAULTS")
            .env_remove("BEHAVIOR_TRACE_FAULTS_DIR")
            .env("BEHAVIOR_TRACE_DATABASE_URL", &site.url)
            .env("BEHAVIOR_TRACE_SPOOL_DIR", site.spool.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        change(&mut command);
        let mut child = command.spawn().expect("starts");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        Self { child, stdout }
    }

    /// Waits for a line with this word, and returns the rest of the line.
    pub(super) fn wait_for(&mut self, word: &str) -> String {
        let mut lines = self.stdout.by_ref().lines().map_while(Result::ok);
        let found = lines.find_map(|line| Some(line.split_once(word)?.1.to_owned()));
        found.unwrap_or_else(|| panic!("the process ended before it said {word:?}"))
    }

    /// Lets the process continue.
    pub(super) fn go_on(&mut self) {
        use std::io::Write as _;

        let stdin = self.child.stdin.as_mut().expect("piped");
        stdin.write_all(b"on\n").expect("it reads");
    }

    pub(super) fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("ends");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Only after a failed test does the process still run.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "the process that the other tests start"]
fn role() {
    let Some(role) = env::var_os("FAULTS_SPOOL_ROLE") else {
        return;
    };
    let mut config = Config::from_env();
    config.statement_timeout = limit();
    config.error_output = ErrorOutput::Off;
    match role.as_os_str().as_encoded_bytes() {
        b"unheard" => unheard::role(config),
        b"scarce" => scarce::role(config),
        _ => idle(config),
    }
}

/// Runs a recorder without recording.
fn idle(config: Config) {
    let recorder = Pipeline::start(config).expect("a good configuration");
    loop {
        thread::sleep(Duration::from_secs(1));
        drop(recorder.stats());
    }
}

/// Returns a variable that the row has set for this process.
pub(super) fn variable(name: impl AsRef<OsStr>) -> String {
    env::var(name).expect("set by the row")
}

/// Waits until the row lets this process continue.
pub(super) fn await_row() {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).expect("the row");
}
