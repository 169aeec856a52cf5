//! `cargo xtask instructions`: the instructions of one event, which a busy machine does not move, held against the numbers of
//! `benches/instructions.txt`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use behavior_trace_servers::Valgrind;

use crate::cargo;
use crate::error::BenchError;
use crate::gates::{Gates, Verdict, change};
use crate::rounds::figures;

const FILE: &str = "benches/instructions.txt";
/// Variants counted on the thread that records; `floor` stamps the time and copies the same texts.
const VARIANTS: [&str; 15] = [
    "floor",
    "scope",
    "scope_disk",
    "scope_tmpfs",
    "spans",
    "scope_async",
    "scope_value",
    "spans_value",
    "scope_record",
    "written",
    "mirror",
    "full",
    "absent",
    "foreign",
    "span",
];
const WRITER: &str = "writer";
/// Times that a number above its gate is counted.
const TRIES: u32 = 3;
/// Two numbers of events, whose difference is counted, so that starts and ends are not.
const EVENTS: [u32; 2] = [2_000, 12_000];
/// The function of the measured program around its events.
const COUNTED: &str = "--toggle-collect=*counted_burst*";

pub(crate) fn run(words: &[String]) -> Result<(), BenchError> {
    let bless = match words {
        [] => false,
        [word] if word == "--bless" => true,
        _ => return Err(BenchError::usage("`instructions` takes `--bless` alone")),
    };
    // The file may have been lost, or be of another form.
    let gates = if bless {
        gates().unwrap_or_default()
    } else {
        gates()?
    };
    let counted = count(&gates)?;
    if bless {
        let path = cargo::workspace().join(FILE);
        let written = fs::write(&path, counted.to_string());
        return written.map_err(|error| BenchError::source(FILE, error));
    }
    compare(&gates, &counted)
}

fn gates() -> Result<Gates, BenchError> {
    let text = fs::read_to_string(cargo::workspace().join(FILE));
    let text = text.map_err(|error| BenchError::source(FILE, error))?;
    Gates::read(&text).ok_or_else(|| {
        BenchError::source(
            FILE,
            "has a line that is no name and number, or no compiler",
        )
    })
}

/// Prints each number beside its gate. Another compiler makes other code, so its numbers are printed and not judged.
fn compare(gates: &Gates, counted: &Gates) -> Result<(), BenchError> {
    let names = gates.counts.keys();
    let uncounted: Vec<_> = names
        .filter(|&name| !counted.counts.contains_key(name))
        .collect();
    if !uncounted.is_empty() {
        return Err(BenchError::source(
            FILE,
            format!("has lines that no variant counts: {uncounted:?}; `--bless` removes them"),
        ));
    }
    let is_comparable = gates.compiler == counted.compiler;
    let mut failed = Vec::new();
    for (name, &count) in &counted.counts {
        let verdict = gates.verdict(name, count);
        let change = gates
            .counts
            .get(name)
            .map_or(0.0, |&gate| change(gate, count));
        let word = if is_comparable { verdict.word() } else { "" };
        println!("{name:<14}{count:>8} {:>+7.1} % {word}", change * 100.0);
        if verdict.is_failure() {
            failed.push(name.as_str());
        }
    }
    if !is_comparable {
        println!(
            "not judged: the gates are of `{}`, and this is `{}`",
            gates.compiler, counted.compiler
        );
        return Ok(());
    }
    if failed.is_empty() {
        return Ok(());
    }
    Err(BenchError::run(
        "callgrind",
        format!(
            "counted over 2 % more than {FILE} has for {}: find them, or `--bless` and say what they buy",
            failed.join(", ")
        ),
    ))
}

fn count(gates: &Gates) -> Result<Gates, BenchError> {
    let valgrind = Valgrind::find()?;
    let program = cargo::counted_binary("behavior-trace-benches", "instructions")?;
    let mut counts = BTreeMap::new();
    for variant in VARIANTS {
        let count = least(gates, variant, || caller(&valgrind, &program, variant))?;
        counts.insert(variant.to_owned(), count);
    }
    let count = least(gates, WRITER, || writer(&valgrind, &program))?;
    counts.insert(WRITER.to_owned(), count);
    Ok(Gates {
        compiler: cargo::compiler()?,
        counts,
    })
}

/// Counts again what is more than its gate, and returns the least: where threads take turns in another way, they only do more.
fn least(
    gates: &Gates,
    name: &str,
    mut count: impl FnMut() -> Result<u64, BenchError>,
) -> Result<u64, BenchError> {
    let mut least = count()?;
    for _ in 1..TRIES {
        if gates.verdict(name, least) != Verdict::More {
            break;
        }
        least = least.min(count()?);
    }
    Ok(least)
}

/// Counts the instructions of one event on the thread that records it.
fn caller(valgrind: &Valgrind, program: &Path, variant: &str) -> Result<u64, BenchError> {
    let mut command = valgrind.command("callgrind");
    command.args([COUNTED, "--callgrind-out-file=/dev/null"]);
    command.arg(program).arg(variant);
    let (output, said) = outputs(&mut command, variant)?;
    let events = events(&output, variant)?;
    let collected = collected(&said).filter(|&count| count > 0);
    let collected =
        collected.ok_or_else(|| BenchError::run(variant, "callgrind counted nothing"))?;
    Ok(collected / events)
}

/// Counts the instructions of one row on all threads but the one that records.
fn writer(valgrind: &Valgrind, program: &Path) -> Result<u64, BenchError> {
    let [few, many] = EVENTS.map(|events| beside_the_caller(valgrind, program, events));
    of_one_row(few?, many?)
}

/// Returns the instructions of one row, of those that two numbers of rows took.
fn of_one_row(few: u64, many: u64) -> Result<u64, BenchError> {
    let rows = u64::from(EVENTS[1] - EVENTS[0]);
    let each = many.checked_sub(few).map(|more| more / rows);
    each.filter(|&each| each > 0).ok_or_else(|| {
        let why = format!("{rows} more rows took {many} instructions in place of {few}");
        BenchError::run(WRITER, why)
    })
}

fn beside_the_caller(valgrind: &Valgrind, program: &Path, wanted: u32) -> Result<u64, BenchError> {
    let folder = tempfile::tempdir().map_err(|error| BenchError::source("a folder", error))?;
    let mut command = valgrind.command("callgrind");
    let file = folder.path().join("threads");
    command.arg("--separate-threads=yes");
    command.arg(format!("--callgrind-out-file={}", file.display()));
    command.arg(program).args([WRITER, &wanted.to_string()]);
    let (output, _) = outputs(&mut command, WRITER)?;
    if events(&output, WRITER)? != u64::from(wanted) {
        return Err(BenchError::run(WRITER, "stored another number of rows"));
    }
    let files = fs::read_dir(folder.path());
    let files = files.map_err(|error| BenchError::source("the counts", error))?;
    let mut texts = Vec::new();
    for file in files {
        let text = file.and_then(|file| fs::read_to_string(file.path()));
        texts.push(text.map_err(|error| BenchError::source("the counts", error))?);
    }
    of_other_threads(&texts)
}

/// Sums what callgrind counted on all threads but the first, of the file that it wrote for each. A file of no thread has the
/// whole program.
fn of_other_threads(files: &[String]) -> Result<u64, BenchError> {
    let of = |file: &str| {
        Some((
            number_after(file, "thread: ")?,
            number_after(file, "totals: "),
        ))
    };
    let mut sum = 0;
    for (thread, total) in files.iter().filter_map(|file| of(file)) {
        let total = total.ok_or_else(|| {
            BenchError::run(
                WRITER,
                format!("callgrind wrote no total of thread {thread}"),
            )
        })?;
        sum += if thread == 1 { 0 } else { total };
    }
    if sum == 0 {
        return Err(BenchError::run(
            WRITER,
            "callgrind counted nothing beside the thread that records",
        ));
    }
    Ok(sum)
}

fn outputs(command: &mut Command, name: &str) -> Result<(String, String), BenchError> {
    let output = command.stdin(Stdio::null()).output();
    let output = output.map_err(|error| BenchError::run("valgrind", error.to_string()))?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        return Err(BenchError::run(name, format!("{}: {said}", output.status)));
    }
    Ok((String::from_utf8_lossy(&output.stdout).into_owned(), said))
}

/// Returns the number of events that a program says it has recorded.
fn events(output: &str, name: &str) -> Result<u64, BenchError> {
    let found = figures(output)
        .into_iter()
        .find(|(name, _)| name == "events");
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a whole number of thousands"
    )]
    let events = found.map(|(_, value)| value as u64);
    events
        .filter(|&events| events > 0)
        .ok_or_else(|| BenchError::run(name, "recorded nothing"))
}

/// Reads the sum of what callgrind counted.
fn collected(said: &str) -> Option<u64> {
    said.lines().find_map(|line| {
        let (_, count) = line.split_once("Collected : ")?;
        count.trim().parse().ok()
    })
}

fn number_after(text: &str, start: &str) -> Option<u64> {
    let mut lines = text.lines();
    lines.find_map(|line| line.strip_prefix(start)?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_of_callgrind_and_the_lines_of_its_files_are_read() {
        let said = "==7== Events    : Ir\n==7== Collected : 190763\n==7==\n";
        assert_eq!(collected(said), Some(190_763));
        let file = "version: 1\npid: 7\nthread: 2\n\ntotals: 345\n";
        assert_eq!(number_after(file, "thread: "), Some(2));
        assert_eq!(number_after(file, "totals: "), Some(345));
        assert_eq!(collected("nothing"), None);
    }

    #[test]
    fn a_writer_that_was_not_counted_is_an_error_and_no_gate_that_holds() {
        let files = |texts: &[&str]| {
            of_other_threads(
                &texts
                    .iter()
                    .map(|&text| text.to_owned())
                    .collect::<Vec<_>>(),
            )
        };
        let whole = "pid: 7\n\ntotals: 900\n";
        let caller = "thread: 1\ntotals: 500\n";
        let sum = files(&[
            whole,
            caller,
            "thread: 2\ntotals: 300\n",
            "thread: 3\ntotals: 45\n",
        ]);
        assert_eq!(sum.ok(), Some(345));
        for without in [
            &[][..],
            &[whole],
            &[caller],
            &[caller, "thread: 2\n"],
            &[caller, "thread: 2\ntotals: 0\n"],
        ] {
            assert!(files(without).is_err(), "{without:?}");
        }
        assert_eq!(of_one_row(5_000, 45_000).ok(), Some(4));
        for (few, many) in [(0, 0), (7, 7), (9, 5), (5_000, 5_001)] {
            assert!(of_one_row(few, many).is_err(), "{few} and {many}");
        }
    }

    #[test]
    fn a_line_that_no_variant_counts_is_an_error_whatever_the_compiler() {
        let gates = |names: &[&str], compiler: &str| Gates {
            compiler: compiler.to_owned(),
            counts: names.iter().map(|&name| (name.to_owned(), 100)).collect(),
        };
        let counted = gates(&["scope"], "a");
        for compiler in ["a", "b"] {
            let error = compare(&gates(&["scope", "removed"], compiler), &counted);
            let error = error.expect_err("a line too many").to_string();
            assert!(error.contains("removed"), "{error}");
        }
    }

    #[test]
    fn what_is_more_than_its_gate_is_counted_again_and_the_least_is_taken() {
        let gates = Gates {
            compiler: String::new(),
            counts: [("scope".to_owned(), 100)].into(),
        };
        let of = |counts: &[u64]| {
            let mut counts = counts.iter();
            let least = least(&gates, "scope", || Ok(*counts.next().expect("one more")));
            (least.expect("a count"), counts.len())
        };
        assert_eq!(of(&[101, 1]), (101, 1));
        assert_eq!(of(&[115, 102, 1]), (102, 1));
        assert_eq!(of(&[115, 117, 116, 1]), (115, 1));
    }

    #[test]
    fn numbers_of_another_compiler_are_not_judged() {
        let gates = |compiler: &str, count| Gates {
            compiler: compiler.to_owned(),
            counts: [("scope".to_owned(), count)].into(),
        };
        assert!(compare(&gates("a", 100), &gates("a", 101)).is_ok());
        assert!(compare(&gates("a", 100), &gates("a", 110)).is_err());
        assert!(compare(&gates("a", 100), &gates("b", 110)).is_ok());
    }
}
