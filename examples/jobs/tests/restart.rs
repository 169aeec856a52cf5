//! Queues a job in one process and runs it in another, and reads what both recorded.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use behavior_trace::BehaviorTrace;
use rustix::process::{Pid, Signal, kill_process};

fn jobs(folder: &Path, words: &[&str]) -> Command {
    let mut jobs = Command::new(env!("CARGO_BIN_EXE_behavior-trace-example-jobs"));
    jobs.args(words).current_dir(folder);
    jobs
}

/// Runs the worker until it has created an invoice, and ends it as Ctrl-C does.
fn work(folder: &Path) {
    let mut worker = jobs(folder, &["work"]);
    let mut worker = worker.stdout(Stdio::piped()).spawn().expect("it starts");
    let mut output = BufReader::new(worker.stdout.take().expect("its output")).lines();
    let line = output.next().expect("a line").expect("a readable one");
    assert_eq!(line, "invoice for order 12");
    kill_process(Pid::from_child(&worker), Signal::INT).expect("it still runs");
    let rest: Vec<_> = output.map_while(Result::ok).collect();
    assert!(worker.wait().expect("it ends").success(), "{rest:?}");
}

#[tokio::test]
async fn a_job_after_a_restart_belongs_to_the_request_that_queued_it() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let folder = folder.path();
    let queued = jobs(folder, &["request", "12"]).status();
    assert!(queued.expect("it runs").success());
    work(folder);

    let url = format!("sqlite:{}", folder.join("activity.db").display());
    let recorder = BehaviorTrace::builder().database_url(url).build();
    let reader = recorder.expect("a sound configuration").reader();
    let query = reader.query().request_id("r-1").limit(10).oldest_first();
    let rows = query.fetch().await.expect("a readable table").items;
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                &*row.activity.actor_type,
                row.activity.actor_id,
                &*row.activity.action,
            )
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("USER", Some(7), "order.create"),
            ("USER", Some(7), "invoice.create")
        ]
    );
}
