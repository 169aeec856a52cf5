//! A recorder at rest, in a process of its own.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use super::scripted::{Rig, Scripted, hand_over};
use crate::config::{Config, Durability, ErrorOutput};
use crate::pipeline::Pipeline;

/// Variable that marks the process of the test, in which no other test has threads.
const ALONE: &str = "BEHAVIOR_TRACE_TEST_REST";
const LONG: Duration = Duration::from_secs(30);
/// Time for which nobody may run.
const REST: Duration = Duration::from_secs(3);

/// Runs the test in a process of its own, and returns whether this is that process.
fn is_alone(test: &str) -> bool {
    if env::var_os(ALONE).is_some() {
        return true;
    }
    let program = env::current_exe().expect("the test's program");
    let status = Command::new(program)
        .args(["--exact", &format!("writer::tests::rest::{test}")])
        .args(["--nocapture", "--test-threads=1"])
        .env(ALONE, "1")
        .status()
        .expect("it starts");
    assert!(status.success(), "{status}");
    false
}

/// Returns how often each thread of this process has run, by its name and number.
fn switches() -> BTreeMap<String, u64> {
    let tasks = fs::read_dir("/proc/self/task").expect("Linux");
    let each = tasks.filter_map(|task| {
        let task = task.ok()?.path();
        let status = fs::read_to_string(task.join("status")).ok()?;
        let field = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name))?;
            line.split_whitespace().last().map(str::to_owned)
        };
        let count = |name| field(name).and_then(|count| count.parse::<u64>().ok());
        let name = format!("{} {}", field("Name:")?, task.display());
        let sum = count("voluntary_ctxt_switches:")? + count("nonvoluntary_ctxt_switches:")?;
        Some((name, sum))
    });
    each.collect()
}

/// Returns the threads other than those in `before` that have run within `time`.
fn runs_within(time: Duration, before: &BTreeMap<String, u64>) -> Vec<String> {
    let begun = switches();
    thread::sleep(time);
    let ended = switches();
    let ran = ended
        .into_iter()
        .filter(|(name, count)| !before.contains_key(name) && begun.get(name) != Some(count));
    ran.map(|(name, _)| name).collect()
}

fn recorder(database: &Path, spool: Option<&Path>) -> Pipeline {
    let url = format!("sqlite:{}", database.display());
    let mut config = Config::default();
    config.database_url = Some(url.parse().expect("a URL"));
    config.migrate = true;
    config.error_output = ErrorOutput::Off;
    config.spool_dir = spool.map(Path::to_owned);
    Pipeline::start(config).expect("a recorder")
}

fn stores_the_next_event(recorder: &Pipeline) -> Duration {
    let stored = recorder.stats().stored;
    let begun = Instant::now();
    hand_over(&recorder.handle(), "thing.update", "{}");
    while recorder.stats().stored == stored {
        assert!(begun.elapsed() < LONG, "{:?}", recorder.stats());
        thread::sleep(Duration::from_millis(1));
    }
    begun.elapsed()
}

fn rests_and_wakes(spool: bool) {
    let before = switches();
    let directory = tempfile::tempdir().expect("a directory");
    let spool = spool.then(|| directory.path().join("spool"));
    let recorder = recorder(&directory.path().join("activity.db"), spool.as_deref());
    let ticking = stores_the_next_event(&recorder);
    // On a slow disk a search, or the end of an idle connection, may fall into the first seconds.
    let begun = Instant::now();
    let rested = loop {
        let rested = begun.elapsed();
        if runs_within(Duration::from_millis(300), &before).is_empty() {
            let ran = runs_within(REST, &before);
            if ran.is_empty() {
                break rested;
            }
            println!("after {rested:?} these ran: {ran:?}");
        }
        assert!(begun.elapsed() < LONG, "it does not rest");
    };
    let resting = stores_the_next_event(&recorder);
    println!("at rest after {rested:?}; stored in {ticking:?} at first, in {resting:?} from rest");
    assert!(recorder.shutdown_blocking(LONG).is_complete());
}

#[test]
fn a_recorder_at_rest_runs_no_thread_and_its_next_event_is_stored() {
    if is_alone("a_recorder_at_rest_runs_no_thread_and_its_next_event_is_stored") {
        rests_and_wakes(false);
    }
}

#[test]
fn a_recorder_at_rest_with_mapped_buffers_and_a_spool_runs_no_thread() {
    if is_alone("a_recorder_at_rest_with_mapped_buffers_and_a_spool_runs_no_thread") {
        rests_and_wakes(true);
    }
}

#[test]
fn an_event_in_an_outage_is_spooled_though_the_writer_rested_before() {
    let directory = tempfile::tempdir().expect("a directory");
    let store = Scripted::default();
    let rig = Rig::start(&store, |config| {
        config.spool_dir = Some(directory.path().to_owned());
        config.durability = Some(Durability::Spool);
    });
    rig.record("thing.one");
    rig.when(|stats| stats.stored == 1);
    thread::sleep(crate::writer::pace::QUIET * 2);
    store.inner().always = Some(behavior_trace_store::delivery::ErrorClass::Unavailable);
    rig.record("thing.two");
    rig.when(|stats| stats.spooled == 1);
    store.inner().always = None;
    rig.when(|stats| stats.stored == 2);
}
