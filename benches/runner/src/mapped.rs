//! Mapped buffers beside the heap: the slowest calls, alone and beside a neighbour that syncs the same disk, the system calls
//! and page faults of an event, and the recovery of 64 MiB.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::cargo;
use crate::error::BenchError;
use crate::line::Line;
use crate::line::Target::AtMost;
use crate::line::Unit::{Calls, Mebibytes, Milliseconds, Nanoseconds, Rows};
use crate::options::Options;
use crate::report::{Report, tell};
use crate::rounds::{Figure, figures, interleaved};

const CASES: [&str; 6] = [
    "tail heap",
    "tail disk",
    "tail tmpfs",
    "beside heap",
    "beside disk",
    "beside tmpfs",
];
const BUFFERS: [&str; 3] = ["heap", "disk", "tmpfs"];

const P99: &str = "p99";
const P9999: &str = "p99.99";
const MAXIMUM: &str = "maximum";

const LINES: [Line; 29] = [
    Line::new("p99, heap", ("tail heap", P99), Nanoseconds),
    beside("p99, disk", "tail disk", "tail heap", P99),
    beside("p99, tmpfs", "tail tmpfs", "tail heap", P99),
    Line::new("p99.99, heap", ("tail heap", P9999), Nanoseconds),
    beside("p99.99, disk", "tail disk", "tail heap", P9999),
    beside("p99.99, tmpfs", "tail tmpfs", "tail heap", P9999),
    Line::new("maximum, heap", ("tail heap", MAXIMUM), Nanoseconds),
    beside("maximum, disk", "tail disk", "tail heap", MAXIMUM),
    beside("maximum, tmpfs", "tail tmpfs", "tail heap", MAXIMUM),
    Line::new(
        "the disk syncs: p99, heap",
        ("beside heap", P99),
        Nanoseconds,
    ),
    beside(
        "the disk syncs: p99, disk",
        "beside disk",
        "beside heap",
        P99,
    ),
    beside(
        "the disk syncs: p99, tmpfs",
        "beside tmpfs",
        "beside heap",
        P99,
    ),
    Line::new(
        "the disk syncs: p99.99, heap",
        ("beside heap", P9999),
        Nanoseconds,
    ),
    beside(
        "the disk syncs: p99.99, disk",
        "beside disk",
        "beside heap",
        P9999,
    ),
    beside(
        "the disk syncs: p99.99, tmpfs",
        "beside tmpfs",
        "beside heap",
        P9999,
    ),
    Line::new(
        "the disk syncs: maximum, heap",
        ("beside heap", MAXIMUM),
        Nanoseconds,
    ),
    beside(
        "the disk syncs: maximum, disk",
        "beside disk",
        "beside heap",
        MAXIMUM,
    ),
    beside(
        "the disk syncs: maximum, tmpfs",
        "beside tmpfs",
        "beside heap",
        MAXIMUM,
    ),
    Line::new("system calls of an event, heap", ("heap", "calls"), Calls),
    Line::new("system calls of an event, disk", ("disk", "calls"), Calls).target(AtMost(0.0)),
    Line::new("system calls of an event, tmpfs", ("tmpfs", "calls"), Calls).target(AtMost(0.0)),
    Line::new("page faults of an event, heap", ("heap", "faults"), Calls),
    Line::new("page faults of an event, disk", ("disk", "faults"), Calls),
    Line::new("page faults of an event, tmpfs", ("tmpfs", "faults"), Calls),
    Line::new(
        "left by a dead process",
        ("recovery", "left_mib"),
        Mebibytes,
    ),
    Line::new("events recovered", ("recovery", "recovered"), Rows),
    Line::new(
        "start of the successor",
        ("recovery", "start_ms"),
        Milliseconds,
    )
    .target(AtMost(100.0)),
    Line::new(
        "start without buffers to recover",
        ("recovery", "start_alone_ms"),
        Milliseconds,
    ),
    Line::new(
        "until all is stored",
        ("recovery", "recovery_ms"),
        Milliseconds,
    )
    .target(AtMost(1000.0)),
];

const fn beside(
    id: &'static str,
    case: &'static str,
    heap: &'static str,
    figure: &'static str,
) -> Line {
    Line::new(id, (case, figure), Nanoseconds).beside_in_each_round(heap, figure)
}

pub(crate) fn run(options: Options) -> Result<usize, BenchError> {
    let binary = cargo::binary("behavior-trace-benches", "mapped")?;
    let mut samples = interleaved(&CASES, options.rounds, |case| {
        let words: Vec<&str> = case.split(' ').collect();
        Ok(figures(&cargo::output_of(&binary, &words)?))
    })?;
    for buffer in BUFFERS {
        let words = ["steady", buffer];
        samples.add(buffer, figures(&cargo::output_of(&binary, &words)?));
        samples.add(
            buffer,
            vec![("calls".to_owned(), system_calls(&binary, buffer)?)],
        );
    }
    for _ in 0..options.rounds.min(3) {
        samples.add("recovery", recovery(&binary)?);
    }
    tell("mapped", &Report::of(&LINES, &samples)?)
}

/// Lets a process end with 64 MiB of events, and measures its successor.
fn recovery(binary: &Path) -> Result<Vec<Figure>, BenchError> {
    let folder = cargo::workspace().join("target/bench/recovery");
    let _ = fs::remove_dir_all(&folder);
    let name = folder.display().to_string();
    let alone = figures(&cargo::output_of(binary, &["recover", &name])?);
    // It aborts, which is no failure here.
    let _ = Command::new(binary)
        .args(["leave", &name])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let mut found = figures(&cargo::output_of(binary, &["recover", &name])?);
    let start = alone.into_iter().find(|(name, _)| name == "start_ms");
    found.extend(start.map(|(_, ms)| ("start_alone_ms".to_owned(), ms)));
    let _ = fs::remove_dir_all(&folder);
    Ok(found)
}

/// Returns the system calls of the recording thread for each event, as `strace` sees them.
fn system_calls(binary: &Path, buffer: &str) -> Result<f64, BenchError> {
    let trace = cargo::workspace().join("target/bench-system-calls");
    let status = Command::new("strace")
        .args(["-f", "-o"])
        .arg(&trace)
        .arg(binary)
        .args(["steady", buffer])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status();
    if !status.is_ok_and(|status| status.success()) {
        return Err(BenchError::run(
            "strace",
            "failed; install it (`apt-get install strace`)",
        ));
    }
    let text = fs::read_to_string(&trace).unwrap_or_default();
    let _ = fs::remove_file(&trace);
    between_marks(&text).ok_or_else(|| BenchError::run("strace", "saw no marks of the program"))
}

/// Events between two marks.
const STEADY: f64 = 2000.0;

/// Returns the calls of a thread between its two calls of `sched_yield`, for each event.
fn between_marks(trace: &str) -> Option<f64> {
    let call = |line: &str| {
        let (thread, call) = line.split_once(' ')?;
        Some((thread.to_owned(), call.trim_start().to_owned()))
    };
    let calls: Vec<_> = trace.lines().filter_map(call).collect();
    let thread = &calls
        .iter()
        .find(|(_, call)| call.starts_with("sched_yield"))?
        .0;
    let own = calls.iter().filter(|(other, _)| other == thread);
    let own: Vec<&str> = own.map(|(_, call)| call.as_str()).collect();
    let marks: Vec<usize> = (0..own.len())
        .filter(|&at| own[at].starts_with("sched_yield"))
        .collect();
    let [.., first, last] = marks[..] else {
        return None;
    };
    // The program's own pauses, the ends of calls and signals are no calls of an event.
    let others = ["<...", "---", "clock_nanosleep", "restart_syscall"];
    let begun = own[first + 1..last]
        .iter()
        .filter(|call| !others.iter().any(|other| call.starts_with(other)));
    #[expect(clippy::cast_precision_loss, reason = "thousands at most")]
    let count = begun.count() as f64;
    Some(count / STEADY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calls_of_the_marked_thread_between_its_marks_are_counted() {
        let trace = "7 write(1, \"\") = 0\n7 sched_yield() = 0\n8 futex(1) = 0\n7 mmap(1 <unfinished ...>\n8 write() = 0\n\
                     7 <... mmap resumed>) = 0\n7 --- SIGCHLD ---\n7 clock_nanosleep(0) = 0\n7 munmap(1) = 0\n7 sched_yield() = 0\n7 exit(0) = ?\n";
        assert_eq!(between_marks(trace), Some(2.0 / STEADY));
        assert_eq!(between_marks("7 write(1) = 0\n"), None);
    }
}
