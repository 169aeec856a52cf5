//! The application in a separate process: its start, and its roles. It logs each event that it knows to be recorded.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use std::{env, fs};

use behavior_trace::config::Pipeline;
use behavior_trace::config::{Config, Durability, ErrorOutput};
use behavior_trace_core::Sink;
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

use super::load::record;
use super::site::Site;
use super::{forking, overload, rounds};

/// Application in a separate process.
pub(crate) struct Host {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Host {
    pub(crate) fn start(role: &str, site: &Site, durability: Durability, log: &Path) -> Self {
        Self::at(role, &site.url, site.spool.path(), durability, log)
    }

    /// Starts the application on a database of any kind.
    pub(crate) fn at(
        role: &str,
        url: &str,
        spool: &Path,
        durability: Durability,
        log: &Path,
    ) -> Self {
        let durable = match durability {
            Durability::Durable => "durable",
            Durability::Memory => "memory",
            _ => "spool",
        };
        let mut child = Command::new(env::current_exe().expect("this binary"))
            .args(["--exact", "faults::child::host", "--ignored", "--nocapture"])
            .env("FAULTS_ROLE", role)
            .env("FAULTS_LOG", log)
            .env("BEHAVIOR_TRACE_DATABASE_URL", url)
            .env("BEHAVIOR_TRACE_SPOOL_DIR", spool)
            .env("BEHAVIOR_TRACE_DURABILITY", durable)
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        Self { child, stdout }
    }

    /// Waits for a line with this word, and returns the rest of the line.
    pub(crate) fn wait_for(&mut self, word: &str) -> String {
        let mut lines = self.stdout.by_ref().lines().map_while(Result::ok);
        let found = lines.find_map(|line| Some(line.split_once(word)?.1.to_owned()));
        found.expect("the host ended early")
    }

    /// Waits until the process has ended successfully.
    pub(crate) fn wait(&mut self) {
        let status = self.child.wait().expect("ends");
        assert!(status.success(), "{status}");
    }

    pub(crate) fn signal(&mut self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).expect("a process id");
        let pid = Pid::from_raw(pid).expect("not 0");
        kill_process(pid, signal).expect("it runs");
        self.child.wait().expect("ends");
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // Only after a failed test does the process still run.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the logged events, and how many of them are younger than `youth` at the end.
pub(crate) fn written(log: &Path, youth: Duration) -> (usize, Vec<String>) {
    let text = fs::read_to_string(log).unwrap_or_default();
    // The event of a line that was cut off was never acknowledged.
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let lines: Vec<_> = whole
        .lines()
        .filter_map(|line| line.split_once(' '))
        .collect();
    let moment = |text: &str| text.parse::<u64>().unwrap_or(0);
    let last = lines.last().map_or(0, |(at, _)| moment(at));
    let limit = last.saturating_sub(u64::try_from(youth.as_micros()).expect("small"));
    let young = lines.iter().filter(|(at, _)| moment(at) > limit).count();
    (
        young,
        lines.iter().map(|(_, id)| (*id).to_owned()).collect(),
    )
}

#[test]
#[ignore = "the host that the other tests start"]
fn host() {
    let Ok(role) = env::var("FAULTS_ROLE") else {
        return;
    };
    let mut config = Config::from_env();
    config.statement_timeout = Duration::from_secs(1);
    config.error_output = ErrorOutput::Off;
    if role == "overload" {
        config.queue_bytes = overload::cap();
        config.spool_dir = None;
    }
    let told = Arc::new(Mutex::new(String::new()));
    let hook = Arc::clone(&told);
    config.on_error = Some(Arc::new(move |fault| {
        *hook.lock().expect("no hook panics") += &fault.to_string();
    }));
    let recorder = Pipeline::start(config).expect("a good configuration");
    if role == "overload" {
        return overload::host(&recorder);
    }
    let mut log = Log::new(recorder.sink());
    match role.as_str() {
        "steady" => loop {
            log.event();
            thread::sleep(Duration::from_micros(300));
        },
        "slow" => loop {
            log.event();
            thread::sleep(Duration::from_millis(rounds(1, 10).into()));
        },
        "exit" => {
            (0..50).for_each(|_| log.event());
            std::process::exit(0);
        }
        "limited" => limited(&recorder, &mut log, &told),
        "forks" => forking::host(recorder, log),
        _ => {
            (0..100_000).for_each(|_| log.event());
            terminate(&recorder);
        }
    }
}

/// Log of the recorded events.
pub(crate) struct Log {
    sink: Arc<dyn Sink>,
    file: fs::File,
    begun: Instant,
    number: u32,
}

impl Log {
    fn new(sink: Arc<dyn Sink>) -> Self {
        let path = env::var_os("FAULTS_LOG").expect("a log");
        Self {
            sink,
            file: fs::File::create(path).expect("a log"),
            begun: Instant::now(),
            number: 0,
        }
    }

    pub(crate) fn event(&mut self) {
        let id = format!("{}-{}", std::process::id(), self.number);
        self.number += 1;
        if record(&*self.sink, "order.update", &id, "{}").0 {
            self.note(&id);
        }
    }

    /// Logs an accepted event.
    pub(crate) fn note(&mut self, id: &str) {
        let line = format!("{} {id}\n", self.begun.elapsed().as_micros());
        self.file
            .write_all(line.as_bytes())
            .expect("room on the disk");
    }
}

/// Temporary size limit of the process's files.
const LIMIT: u64 = 512 << 10;

/// Makes writes to the spool fail for a while, and lifts the limit before the end.
fn limited(recorder: &Pipeline, log: &mut Log, told: &Mutex<String>) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    // Without a handler, the signal that comes with the error would end the process.
    let too_large = SignalKind::from_raw(Signal::XFSZ.as_raw());
    let _heard = runtime.block_on(async { signal(too_large).expect("a handler") });
    let usual = getrlimit(Resource::Fsize);
    let limit = Rlimit {
        current: Some(LIMIT),
        maximum: usual.maximum,
    };
    setrlimit(Resource::Fsize, limit).expect("it is lower");
    let begun = Instant::now();
    let told = || told.lock().expect("no hook panics").clone();
    while !told().contains("disk I/O error") {
        assert!(begun.elapsed() < Duration::from_secs(30), "{}", told());
        log.event();
        thread::sleep(Duration::from_micros(300));
    }
    (0..2000).for_each(|_| log.event());
    thread::sleep(Duration::from_secs(1));
    let stats = recorder.stats();
    assert_eq!(
        (stats.unaccounted(), stats.dropped.total()),
        (0, 0),
        "{stats:?}"
    );
    assert!(stats.in_memory > 0, "{stats:?}");
    setrlimit(Resource::Fsize, usual).expect("as it was");
    terminate(recorder);
}

/// Waits for SIGTERM, shuts the recorder down and ends the process, as a service does.
fn terminate(recorder: &Pipeline) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let mut terminated = signal(SignalKind::terminate()).expect("a handler");
        println!("ready");
        terminated.recv().await;
        let report = recorder.shutdown(Duration::from_secs(8)).await;
        assert!(report.is_complete(), "{report:?}");
    });
}
