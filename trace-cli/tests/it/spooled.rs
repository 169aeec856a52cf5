//! A process whose rows are in its spool, as no database took them.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use behavior_trace::config::ErrorOutput;
use behavior_trace::spool::Buffers;
use behavior_trace::{Actor, BehaviorTrace, Context, record};
use tracing_subscriber::prelude::*;

use crate::tool::{Place, Ran};

/// Nothing listens there.
const UNAVAILABLE: &str = "mysql://app@127.0.0.1:1/shop";

/// A recorder in another process. All its rows are in its spool.
pub(crate) struct Spooler(Child);

impl Spooler {
    /// Starts a process that spools rows of these resource ids, and waits until it did.
    pub(crate) fn start(spool_dir: &Path, ids: std::ops::Range<u32>) -> Self {
        let mut child = Self::command(spool_dir, ids)
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut lines = stdout.lines().map_while(Result::ok);
        assert!(lines.any(|line| line.ends_with("spooled")), "it ended");
        Self(child)
    }

    fn command(spool_dir: &Path, ids: std::ops::Range<u32>) -> Command {
        let mut command = Command::new(env::current_exe().expect("this binary"));
        command
            .args(["--exact", "spooled::process", "--ignored", "--nocapture"])
            .env("SPOOLED_DIR", spool_dir)
            .env("SPOOLED_FROM", ids.start.to_string())
            .env("SPOOLED_TO", ids.end.to_string());
        command
    }

    /// Ends the process by SIGKILL.
    pub(crate) fn kill(mut self) {
        self.0.kill().expect("killed");
        self.0.wait().expect("an end");
    }
}

impl Drop for Spooler {
    fn drop(&mut self) {
        // It runs after a failed test alone.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "the process that the other tests start"]
fn process() {
    let number = |name| env::var(name).ok().and_then(|number| number.parse().ok());
    let (Ok(spool_dir), Some(from), Some(to)) = (
        env::var("SPOOLED_DIR"),
        number("SPOOLED_FROM"),
        number("SPOOLED_TO"),
    ) else {
        return;
    };
    let recorder = BehaviorTrace::builder()
        .database_url(UNAVAILABLE)
        .spool_dir(&spool_dir)
        .error_output(ErrorOutput::Off)
        .build();
    let recorder = recorder.expect("a sound configuration");
    let subscriber = tracing_subscriber::registry().with(recorder.layer());
    let _guard = subscriber.set_default();
    let context = Context::new().actor(Actor::user(7).with_label("Ada"));
    context.in_scope(|| {
        for id in from..to {
            let id: u32 = id;
            record!(action = "note.update", resource = "Note", resource_id = id);
        }
    });
    if env::var_os("SPOOLED_ABORTS").is_some() {
        std::process::abort();
    }
    let in_buffers = || -> u64 {
        let slots = Buffers::new(&spool_dir).list().expect("listed");
        slots.iter().map(|slot| slot.events).sum()
    };
    while recorder.stats().spooled < u64::from(to - from) || in_buffers() > 0 {
        thread::sleep(Duration::from_millis(5));
    }
    println!("spooled");
    loop {
        thread::park();
    }
}

impl Place {
    /// Returns the spool directory of the place.
    pub(crate) fn spool_dir(&self) -> PathBuf {
        self.path().join("spool")
    }

    /// Leaves the spool of a killed process.
    pub(crate) fn leave_spool(&self, ids: std::ops::Range<u32>) {
        Spooler::start(&self.spool_dir(), ids).kill();
    }

    /// Leaves the mapped buffers, and the spool, of a process that aborted after its last call.
    pub(crate) fn leave_buffers(&self, ids: std::ops::Range<u32>) {
        let mut command = Spooler::command(&self.spool_dir(), ids);
        let ran = command.env("SPOOLED_ABORTS", "1").output().expect("ran");
        assert_eq!(ran.status.signal(), Some(6), "{ran:?}");
    }

    /// Runs the tool with the spool directory in its environment.
    pub(crate) fn run_spool(&self, words: &[&str]) -> Ran {
        let mut command = self.command(words);
        let ran = command.env("BEHAVIOR_TRACE_SPOOL_DIR", self.spool_dir());
        Ran::of(ran.output().expect("the tool runs"))
    }
}
