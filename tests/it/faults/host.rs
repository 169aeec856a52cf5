//! Rows 19 and 21 to 23: what befalls the host. The load runs in a process of its own, which writes down each event
//! that it was told is recorded.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use std::{env, fs};

use behavior_trace_core::Sink;
use behavior_trace_runtime::{Config, Durability, Fallback, Recorder};
use behavior_trace_servers::Kind;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::load::{Acked, record};
use super::report::Row;
use super::rounds;
use super::site::{Site, settle, wait};

const KIND: Kind = Kind::MariaDb;
/// Every event younger than this may be lost with the process, unless it is durable: the tick of the writer, the linger,
/// and one batch on a busy machine.
const YOUNG: Duration = Duration::from_secs(1);

#[test]
fn a_killed_host_loses_no_durable_event() {
    host_killed(Durability::Durable, "host killed, durable");
}

#[test]
fn a_killed_host_loses_only_what_is_young() {
    host_killed(Durability::Spool, "host killed, spool");
}

fn host_killed(durability: Durability, fault: &'static str) {
    let site = Site::new(KIND);
    let mut row = Row::new(19, fault, KIND);
    let mut acked = Acked::default();
    let rounds = rounds(3, 100);
    let logs = tempfile::tempdir().expect("a directory");
    for round in 0..rounds {
        let log = logs.path().join(round.to_string());
        // Every other round against a server that hangs, so that the spool is in use.
        let hangs = round % 2 == 1;
        let mut host = Host::start("steady", &site, durability, &log);
        if hangs {
            site.server.pause().expect("stops");
        }
        wait(Duration::from_millis(u64::from(1800 + round * 53 % 700)));
        host.signal(Signal::KILL);
        if hangs {
            site.server.resume().expect("goes on");
        }
        let (young, ids) = written(&log);
        row.may_lose += if durability == Durability::Durable {
            0
        } else {
            young
        };
        acked.ids.extend(ids);
    }
    let recorder = site.successor();
    row.recovery = settle(&recorder);
    row.extra = json!({"rounds": rounds, "recovered": recorder.stats().recovered});
    site.conclude(row, &recorder, &acked);
}

#[test]
fn a_terminated_host_with_a_full_queue_loses_nothing() {
    let site = Site::new(KIND);
    let mut row = Row::new(21, "SIGTERM with 100,000 queued", KIND);
    site.server.stop().expect("stops");
    let logs = tempfile::tempdir().expect("a directory");
    let log = logs.path().join("acked");
    let mut host = Host::start("burst", &site, Durability::Spool, &log);
    host.wait_for("ready");
    let begun = Instant::now();
    host.signal(Signal::TERM);
    let exit = begun.elapsed();
    assert!(exit < Duration::from_secs(10), "{exit:?}");
    let (_, ids) = written(&log);
    assert_eq!(ids.len(), 100_000);
    let acked = Acked::of(ids);
    site.server.restart().expect("starts");
    let recorder = site.successor();
    row.recovery = settle(&recorder);
    row.extra = json!({"exit_ms": exit.as_millis()});
    site.conclude(row, &recorder, &acked);
}

#[test]
fn an_exit_without_goodbye_loses_no_durable_event() {
    let site = Site::new(KIND);
    let row = Row::new(23, "process::exit without a shutdown, durable", KIND);
    let logs = tempfile::tempdir().expect("a directory");
    let log = logs.path().join("acked");
    let mut host = Host::start("exit", &site, Durability::Durable, &log);
    host.child.wait().expect("ends");
    let (_, ids) = written(&log);
    assert_eq!(ids.len(), 50);
    let recorder = site.successor();
    settle(&recorder);
    let acked = Acked::of(ids);
    site.conclude(row, &recorder, &acked);
}

#[test]
fn a_runtime_dropped_right_after_the_event_loses_nothing() {
    let site = Site::new(KIND);
    let row = Row::new(22, "runtime dropped before a flush", KIND);
    let recorder = site.start();
    let sink: Arc<dyn Sink> = recorder.sink();
    let mut acked = Acked::default();
    for runtime in 0..20 {
        let host = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        host.block_on(async {
            for number in 0..50 {
                let id = format!("runtime-{runtime}-{number}");
                assert!(record(&*sink, "order.update", &id, "{}").0);
                acked.ids.push(id);
            }
        });
        drop(host);
    }
    let report = recorder.flush_blocking(Duration::from_secs(30));
    assert!(report.is_complete(), "{report:?}");
    settle(&recorder);
    site.conclude(row, &recorder, &acked);
}

/// A host in a process of its own.
struct Host {
    child: Child,
}

impl Host {
    fn start(role: &str, site: &Site, durability: Durability, log: &Path) -> Self {
        let durable = if durability == Durability::Durable {
            "durable"
        } else {
            "spool"
        };
        let child = Command::new(env::current_exe().expect("this binary"))
            .args(["--exact", "faults::host::host", "--ignored", "--nocapture"])
            .env("FAULTS_ROLE", role)
            .env("FAULTS_LOG", log)
            .env("BEHAVIOR_TRACE_DATABASE_URL", &site.url)
            .env("BEHAVIOR_TRACE_SPOOL_DIR", site.spool.path())
            .env("BEHAVIOR_TRACE_DURABILITY", durable)
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        Self { child }
    }

    fn wait_for(&mut self, word: &str) {
        let stdout = self.child.stdout.take().expect("piped");
        let found = BufReader::new(stdout)
            .lines()
            .map_while(Result::ok)
            .any(|line| line.contains(word));
        assert!(found, "the host ended early");
    }

    fn signal(&mut self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).expect("a process id");
        let pid = Pid::from_raw(pid).expect("not 0");
        kill_process(pid, signal).expect("it runs");
        self.child.wait().expect("ends");
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // Gone already, in all but a failed test.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the host wrote down, and how many of it when it was young.
fn written(log: &Path) -> (usize, Vec<String>) {
    let text = fs::read_to_string(log).unwrap_or_default();
    // A line that was cut off was never acknowledged.
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let lines: Vec<_> = whole
        .lines()
        .filter_map(|line| line.split_once(' '))
        .collect();
    let moment = |text: &str| text.parse::<u64>().unwrap_or(0);
    let last = lines.last().map_or(0, |(at, _)| moment(at));
    let limit = last.saturating_sub(u64::try_from(YOUNG.as_micros()).expect("small"));
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
    config.fallback = Fallback::Off;
    let recorder = Recorder::start(config).expect("a good configuration");
    let path = env::var_os("FAULTS_LOG").expect("a log");
    let mut log = fs::File::create(path).expect("a log");
    let begun = Instant::now();
    let pid = std::process::id();
    let sink = recorder.sink();
    let mut event = |number: u32| {
        let id = format!("{pid}-{number}");
        if record(&*sink, "order.update", &id, "{}").0 {
            let line = format!("{} {id}\n", begun.elapsed().as_micros());
            log.write_all(line.as_bytes()).expect("room on the disk");
        }
    };
    match role.as_str() {
        "steady" => {
            for number in 0.. {
                event(number);
                thread::sleep(Duration::from_micros(300));
            }
        }
        "exit" => {
            (0..50).for_each(&mut event);
            std::process::exit(0);
        }
        _ => {
            (0..100_000).for_each(&mut event);
            terminate(recorder);
        }
    }
}

/// What a service does: on SIGTERM it ends the recording, and then itself.
fn terminate(recorder: Recorder) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let mut terminated =
            tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
                .expect("a handler");
        println!("ready");
        terminated.recv().await;
        let report = recorder.shutdown(Duration::from_secs(8)).await;
        assert!(report.is_complete(), "{report:?}");
    });
}
