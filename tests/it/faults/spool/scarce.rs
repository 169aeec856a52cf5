//! I2: a start without a free thread or file descriptor. The spool is opened when there are some again.

use std::fs;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use behavior_trace::config::Config;
use behavior_trace::config::Pipeline;
use behavior_trace_servers::Kind;
use rustix::process::{Resource, Rlimit, geteuid, getrlimit, setrlimit};
use serde_json::{Value, json};

use super::left::{files, is_untouched, leave, size};
use super::process::{Process, await_row, variable};
use crate::faults::judgement::{compare, lasts};
use crate::faults::load::Acked;
use crate::faults::on_both;
use crate::faults::report::Row;
use crate::faults::site::{Site, settle, wait};

on_both! {
    mysql in earnest;
    a_start_without_a_thread_takes_no_row_away => super::threads;
    a_start_without_a_descriptor_takes_no_row_away => super::descriptors;
}

const ROWS: u32 = 2000;
/// Id of a user without processes, since root is exempt from this limit. Ids of real users are smaller.
const USER: u32 = 54_321;
const SCARCE: &str = "FAULTS_SCARCE";

fn threads(kind: Kind) {
    let site = Site::new(kind);
    let mut row = Row::new(202, "I2b no thread at the start", kind);
    let ids = leave(&site, 0, "old", ROWS);
    let is_root = geteuid().is_root();
    if is_root {
        give(site.spool.path());
    }
    let process = Process::start(&site, "scarce", |command| {
        command.env(SCARCE, "threads");
        if is_root {
            command.uid(USER).gid(USER);
        }
    });
    outlast(&site, process, &mut row);
    conclude(&site, row, ids);
}

/// Runs out of descriptors at each file of the spool in turn.
fn descriptors(kind: Kind) {
    let site = Site::new(kind);
    let mut row = Row::new(202, "I2c no descriptor at the start", kind);
    let ids = leave(&site, 0, "old", ROWS);
    let before = size(&site, 0);
    site.server.stop().expect("stops");
    let start = |number: u32| {
        Process::start(&site, "scarce", |command| {
            command.env(SCARCE, number.to_string());
        })
    };
    for number in 1..=5 {
        let mut process = start(number);
        process.wait_for("told ");
        row.promise(is_untouched(&site, 0, before), || {
            format!("the file was touched: {number}, {:?}", files(&site, 0))
        });
        process.kill();
    }
    site.server.restart().expect("starts");
    outlast(&site, start(1), &mut row);
    conclude(&site, row, ids);
}

/// Promises that the process names the fault, and that it delivers everything once it has the resource.
fn outlast(site: &Site, mut process: Process, row: &mut Row) {
    let told = process.wait_for("told ");
    row.promise(told.contains("spool"), || {
        format!("health or the error hook say nothing of the spool: {told}")
    });
    row.promise(is_untouched(site, 0, 1), || {
        format!("the file was touched: {:?}", files(site, 0))
    });
    process.go_on();
    let result = process.wait_for("result ");
    let result: Value = serde_json::from_str(&result).expect("numbers");
    let number = |name: &str| result[name].as_u64().expect("a number");
    let (recovered, dropped) = (number("recovered"), number("dropped"));
    row.promise(recovered == u64::from(ROWS) && dropped == 0, || {
        format!("{recovered} recovered of {ROWS}, {dropped} dropped")
    });
    row.extra = json!({"told": told, "result": result});
}

fn conclude(site: &Site, mut row: Row, ids: Vec<String>) {
    row.altered = Some(compare::altered(&compare::stored(site)));
    row.compare(&Acked::of(ids), site.rows());
    row.conclude();
}

/// Gives a directory and everything in it to the other user.
fn give(path: &Path) {
    chown(path, Some(USER), Some(USER)).expect("root may");
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a directory") {
            give(&entry.expect("an entry").path());
        }
    }
}

/// Runs the other process: it starts with too few resources, and gets more after the row's check.
pub(super) fn role(mut config: Config) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let hook = Arc::clone(&told);
    config.on_error = Some(Arc::new(move |fault| {
        hook.lock().expect("no hook panics").push(fault.to_string());
    }));
    let (resource, limit) = match variable(SCARCE).as_str() {
        // One more thread is for the writer; its spool needs another.
        "threads" => (Resource::Nproc, threads_of_this_user() + 1),
        // The writer's runtime has its own descriptors, and this many are left.
        number => (
            Resource::Nofile,
            free_beside_a_runtime() + number.parse::<u64>().expect("a number"),
        ),
    };
    let usual = getrlimit(resource);
    let lower = Rlimit {
        current: Some(limit),
        maximum: usual.maximum,
    };
    setrlimit(resource, lower).expect("it is lower");
    let recorder = Pipeline::start(config).expect("a good configuration");
    let begun = Instant::now();
    let is_told = || {
        let health = recorder.health().cause.unwrap_or_default();
        let told = told.lock().expect("no hook panics").join("; ");
        let has_word = |text: &str| text.contains("spool");
        (has_word(&health) && has_word(&told), health, told)
    };
    while !is_told().0 && begun.elapsed() < lasts(1, 10) {
        wait(Duration::from_millis(10));
    }
    let (_, health, text) = is_told();
    println!("told {}", json!({"health": health, "hook": text}));
    await_row();
    setrlimit(resource, usual).expect("as it was");
    let begun = Instant::now();
    while recorder.stats().recovered == 0 && begun.elapsed() < lasts(12, 60) {
        wait(Duration::from_millis(10));
    }
    settle(&recorder);
    let stats = recorder.stats();
    let dropped = stats.dropped.total();
    println!(
        "result {}",
        json!({"recovered": stats.recovered, "dropped": dropped, "stored": stats.stored})
    );
}

/// Returns the number of threads of this user in all processes.
fn threads_of_this_user() -> u64 {
    let user = geteuid().as_raw();
    let mut threads = 0;
    for entry in fs::read_dir("/proc").expect("the kernel tells").flatten() {
        use std::os::unix::fs::MetadataExt as _;

        let is_ours = entry.metadata().is_ok_and(|found| found.uid() == user);
        let tasks = fs::read_dir(entry.path().join("task"));
        if let (true, Ok(tasks)) = (is_ours, tasks) {
            threads += tasks.count() as u64;
        }
    }
    threads
}

/// Returns the descriptor of the next file that is opened beside a runtime like the writer's.
fn free_beside_a_runtime() -> u64 {
    use std::os::fd::AsRawFd as _;

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let file = fs::File::open("/dev/null").expect("it is there");
    let descriptor = u64::try_from(file.as_raw_fd()).expect("not negative");
    drop(runtime);
    descriptor
}
