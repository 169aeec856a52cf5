//! I6: a standard error that no process reads, and an error hook that hangs. The writer waits for neither.

use std::fs;
use std::io::{Write as _, pipe};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use behavior_trace::config::Pipeline;
use behavior_trace::config::{Config, ErrorOutput};
use behavior_trace_core::Sink;
use behavior_trace_servers::Kind;
use serde_json::json;

use super::process::{Process, variable};
use crate::faults::child::written;
use crate::faults::judgement::{lasts, trial::Trial};
use crate::faults::load::{payload, record};
use crate::faults::on_both;
use crate::faults::site::{Site, wait};

on_both! {
    mysql in earnest;
    a_full_standard_error_holds_up_nothing => super::standard_error;
    an_error_hook_that_hangs_holds_up_nothing => super::hook;
}

const HANGS: &str = "FAULTS_HANGS";
const LOG: &str = "FAULTS_LOG";
/// Default capacity of a pipe.
const PIPE: usize = 64 << 10;
/// Age below which an event that is not durable may be lost with the process.
const YOUNG: Duration = Duration::from_secs(1);
/// Time limit of a durable call: one `fsync` on any disk.
const DURABLE: Duration = Duration::from_secs(1);

fn standard_error(kind: Kind) {
    unheard(kind, "I6 standard error a full pipe", "stderr");
}

fn hook(kind: Kind) {
    unheard(kind, "I6b an error hook that hangs", "hook");
}

fn unheard(kind: Kind, fault: &'static str, hangs: &str) {
    let site = Site::new(kind);
    site.server.stop().expect("stops");
    let logs = tempfile::tempdir().expect("a directory");
    let log = logs.path().join("acked");
    let (nobody, mut full) = pipe().expect("a pipe");
    full.write_all(&vec![b'x'; PIPE]).expect("it fits");
    let mut process = Process::start(&site, "unheard", |command| {
        command.env(HANGS, hangs).env(LOG, &log);
        if hangs == "stderr" {
            command.stderr(full);
        }
    });
    process.wait_for("begun");
    let begun = Instant::now();
    wait(lasts(4, 25));
    let ran = begun.elapsed();
    process.kill();
    drop(nobody);
    let (young, ids) = written(&log, YOUNG);
    let longest = longest_call(&log, ran);
    site.server.restart().expect("starts");
    let mut trial = Trial::on(&site, 206, fault);
    trial.row.promise(ids.len() > 500, || {
        format!("only {} events could be recorded", ids.len())
    });
    let durable = ids.iter().filter(|id| id.starts_with("durable"));
    let durable: Vec<_> = durable.cloned().collect();
    // The buffers and the spool file are found one after the other, and nothing waits between them.
    let old = (ids.len() - young) as u64;
    trial.expect(ids);
    trial.wait(lasts(20, 60), |trial| {
        trial.recorder.stats().recovered >= old
    });
    trial.recover();
    let stored = trial.in_table();
    let lost = durable.iter().filter(|id| !stored.contains(*id)).count();
    trial.row.promise(lost == 0, || {
        format!("{lost} of {} durable events are lost", durable.len())
    });
    trial.row.promise(longest <= DURABLE, || {
        format!("a durable call took {longest:?}")
    });
    // Durable events are checked above, and have to be stored in any case.
    trial.lost_before = young as u64;
    trial.row.extra =
        json!({"durable": durable.len(), "longest_call_ms": longest.as_millis(), "young": young});
    trial.conclude();
}

/// Returns the longest gap between two lines of the log, or after the last. Its process does nothing but record.
fn longest_call(log: &Path, ran: Duration) -> Duration {
    let text = fs::read_to_string(log).expect("readable");
    let moments = text.lines().filter_map(|line| line.split_once(' '));
    let mut moments: Vec<u64> = moments.filter_map(|(at, _)| at.parse().ok()).collect();
    let last = moments.last().copied().unwrap_or(0);
    moments.push(last.max(u64::try_from(ran.as_micros()).expect("small")));
    moments.insert(0, 0);
    let gaps = moments.windows(2).map(|pair| pair[1] - pair[0]);
    Duration::from_micros(gaps.max().expect("two at least"))
}

/// Runs the other process, which records, and logs each accepted event with its time.
pub(super) fn role(mut config: Config) {
    config.durable_actions = vec!["order.approve".to_owned()];
    match variable(HANGS).as_str() {
        "stderr" => config.error_output = ErrorOutput::Stderr,
        _ => {
            config.on_error = Some(Arc::new(|_| {
                loop {
                    thread::park();
                }
            }));
        }
    }
    let mut log = fs::File::create(variable(LOG)).expect("a log");
    println!("begun");
    let recorder = Pipeline::start(config).expect("a good configuration");
    let sink: Arc<dyn Sink> = recorder.sink();
    let begun = Instant::now();
    for number in 0_u64.. {
        let (action, name) = match number % 20 {
            19 => ("order.approve", "durable"),
            _ => ("order.update", "usual"),
        };
        let id = format!("{name}-{number}");
        if record(&*sink, action, &id, &payload(&id)).0 {
            let line = format!("{} {id}\n", begun.elapsed().as_micros());
            log.write_all(line.as_bytes()).expect("room on the disk");
        }
        thread::sleep(Duration::from_micros(500));
    }
}
