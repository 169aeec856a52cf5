//! The end of a browser: no process and no file remains.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use behavior_trace_servers::Browser;

use super::start;

/// Time limit of the watchdog.
const PATIENCE: Duration = Duration::from_secs(30);
/// Begin of the line of the process that dies.
const LINE: &str = "browser: ";

/// Returns the processes of a group that run, without those that only wait to be reaped.
fn running(group: u32) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let stats = processes.filter_map(|p| fs::read_to_string(p.path().join("stat")).ok());
    stats.filter(|stat| is_of(stat, group)).collect()
}

/// Reads the state and the group from `7 (name) S 1 7 7 …`.
fn is_of(stat: &str, group: u32) -> bool {
    let Some((_, rest)) = stat.rsplit_once(") ") else {
        return false;
    };
    let words: Vec<&str> = rest.split(' ').collect();
    !matches!(words[0], "Z" | "X") && words[2] == group.to_string()
}

/// Returns the processes of any group that have a folder in their arguments, as Chromium's handler of crashes has.
fn mentioning(folder: &Path) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let commands = processes.filter_map(|p| fs::read(p.path().join("cmdline")).ok());
    let commands = commands.map(|command| String::from_utf8_lossy(&command).into_owned());
    let folder = folder.display().to_string();
    commands
        .filter(|command| command.contains(&folder))
        .collect()
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_dropped_browser_leaves_nothing() {
    let browser = start();
    let (group, folder) = (browser.pid().unwrap(), browser.directory().to_owned());
    assert!(running(group).len() > 2 && folder.is_dir());
    drop(browser);
    assert!(!folder.exists());
    wait_until("its processes run", || running(group).is_empty());
    wait_until("its handler of crashes runs", || {
        mentioning(&folder).is_empty()
    });
}

#[test]
fn a_panic_ends_the_browser() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let panicked = std::thread::spawn(move || {
        let browser = start();
        sender.send(browser.pid().unwrap()).unwrap();
        browser.find("#nothing").unwrap();
    });
    let group = receiver.recv().unwrap();
    assert!(panicked.join().is_err());
    wait_until("its processes run", || running(group).is_empty());
}

#[test]
#[ignore = "the process that the other test starts and kills"]
fn a_process_with_a_browser() {
    let browser = Browser::start().unwrap();
    println!(
        "{LINE}{} {}",
        browser.pid().unwrap(),
        browser.directory().display()
    );
    loop {
        std::thread::park();
    }
}

#[test]
fn a_killed_test_process_leaves_nothing() {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "browser::end::a_process_with_a_browser"])
        .args(["--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut lines = lines.map_while(Result::ok);
    let line = lines.find_map(|line| line.split_once(LINE).map(|(_, rest)| rest.to_owned()));
    process.kill().unwrap();
    process.wait().unwrap();
    let line = line.expect("a browser in the process");
    let (group, folder) = line.split_once(' ').unwrap();
    let (group, folder) = (group.parse().unwrap(), Path::new(folder));
    wait_until("its files remain", || !folder.exists());
    wait_until("its processes run", || running(group).is_empty());
    wait_until("its handler of crashes runs", || {
        mentioning(folder).is_empty()
    });
}
