//! Other processes: a forked child, and one that is killed.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use behavior_trace_buffer::{BufferFiles, NotAppended};

use super::{collect, in_child};

#[test]
fn a_forked_child_changes_no_byte_and_no_file_of_its_parent() {
    let directory = tempfile::tempdir().unwrap();
    let files = BufferFiles::new(directory.path(), 1 << 20).unwrap();
    let (mut appender, mut collector) = files.create(4096, 0, "default").unwrap();
    let (other, mut free) = files.create(4096, 0, "default").unwrap();
    drop(other);
    appender.append(1, b"collected").unwrap();
    collect(&mut collector);
    appender.append(2, b"not collected").unwrap();
    let path = collector.path().to_owned();
    let before = (fs::read(&path).unwrap(), fs::read(free.path()).unwrap());
    let code = in_child(|| {
        let mut all = files.is_child();
        all &= appender.append(3, b"of the child") == Err(NotAppended::Forked);
        all &= files.create(4096, 0, "default").is_err();
        all &= collect(&mut collector).is_empty();
        collector.settle(usize::MAX);
        collector.set_policy("of the child");
        all &= free.reuse(&files).is_none();
        drop(appender);
        all & files.remove(free).is_err() & collector.remove().is_err()
    });
    assert_eq!(code, Some(0));
    let left = BufferFiles::left(directory.path()).unwrap();
    assert_eq!(left.len(), 2);
    let after = (fs::read(&left[0]).unwrap(), fs::read(&left[1]).unwrap());
    assert!(before == after, "a page of the parent changed");
}

const THREADS: usize = 8;
const ROLE: &str = "BUFFER_KILLED";

/// The host that is killed: each thread appends numbers, and notes each number once the call has returned, outside of all
/// buffers. A collector for each buffer draws ids, settles and reuses.
#[test]
#[ignore = "the process that the next test starts"]
fn host() {
    let Some(directory) = std::env::var_os(ROLE) else {
        return;
    };
    let directory = Path::new(&directory);
    let files = BufferFiles::new(&directory.join("buffers"), 1 << 24).unwrap();
    let noted = fs::OpenOptions::new()
        .write(true)
        .open(directory.join("noted"))
        .unwrap();
    let stored = fs::OpenOptions::new()
        .append(true)
        .open(directory.join("stored"))
        .unwrap();
    println!("ready");
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (files, noted, stored) = (&files, &noted, &stored);
            scope.spawn(move || work(thread, files, noted, stored));
        }
    });
}

fn work(thread: usize, files: &BufferFiles, noted: &fs::File, mut stored: &fs::File) {
    use std::io::Write as _;

    let thread = thread as u64;
    let (mut appender, mut collector) = files.create(8192, 0, "default").unwrap();
    for number in 1_u64.. {
        let fields = [
            &thread.to_le_bytes()[..],
            &number.to_le_bytes(),
            &[7; 50][..(number % 50) as usize],
        ]
        .concat();
        if appender.append(1, &fields).is_err() {
            drop(appender);
            // What is written there is stored, as by a server's answer, before it is settled.
            let kept = collect(&mut collector);
            let lines: Vec<u8> = kept
                .iter()
                .flat_map(|(_, id, fields)| [&id[..], &fields[..16]].concat())
                .collect();
            stored.write_all(&lines).unwrap();
            collector.settle(usize::MAX);
            appender = collector.reuse(files).unwrap();
            appender.append(1, &fields).unwrap();
        }
        noted
            .write_all_at(&number.to_le_bytes(), thread * 8)
            .unwrap();
    }
}

#[test]
fn what_was_appended_before_a_kill_is_found_once_with_one_id() {
    let mut calls = 0;
    for round in 0..50_u64 {
        let directory = tempfile::tempdir_in("/dev/shm")
            .or_else(|_| tempfile::tempdir())
            .unwrap();
        fs::create_dir(directory.path().join("buffers")).unwrap();
        fs::write(directory.path().join("noted"), [0; 8 * THREADS]).unwrap();
        fs::write(directory.path().join("stored"), []).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "processes::host", "--ignored", "--nocapture"])
            .env(ROLE, directory.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains("ready")));
        thread::sleep(Duration::from_micros(2000 + round * 7919 % 30_000));
        child.kill().unwrap();
        child.wait().unwrap();
        calls += found(directory.path());
    }
    assert!(calls > 10_000, "{calls} calls");
}

/// Compares what is stored and what is found in the buffers with what was noted. Returns the number of calls.
fn found(directory: &Path) -> u64 {
    let mut calls = 0;
    let noted = fs::read(directory.join("noted")).unwrap();
    let stored = fs::read(directory.join("stored")).unwrap();
    let mut all: std::collections::HashMap<(u64, u64), [u8; 16]> = std::collections::HashMap::new();
    let key = |bytes: &[u8]| {
        let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
        (number(0), number(8))
    };
    let (lines, torn) = stored.as_chunks::<32>();
    assert!(torn.is_empty(), "a write of the test was torn");
    for line in lines {
        let before = all.insert(key(&line[16..]), line[..16].try_into().unwrap());
        assert!(before.is_none(), "stored twice");
    }
    for path in BufferFiles::left(&directory.join("buffers")).unwrap() {
        let Ok(mut collector) = BufferFiles::adopt(&path) else {
            continue;
        };
        for (_, id, fields) in collect(&mut collector) {
            // Stored and not yet settled: it is sent again, with the same id.
            assert_eq!(*all.entry(key(&fields)).or_insert(id), id, "another id");
        }
        assert_eq!(collector.collected(), collector.committed());
    }
    for thread in 0..THREADS {
        let last = u64::from_le_bytes(noted[thread * 8..][..8].try_into().unwrap());
        calls += last;
        let missing = (1..=last).find(|&number| !all.contains_key(&(thread as u64, number)));
        assert_eq!(missing, None, "of {last} of thread {thread}");
        let beyond = all
            .keys()
            .filter(|key| key.0 == thread as u64 && key.1 > last)
            .count();
        assert!(beyond <= 1, "one call was under way");
    }
    calls
}
