//! The tool: exports of five million rows beside the server's own, its memory, its start, and the walk of `coverage`.

mod coverage;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use behavior_trace_servers::{Kind, Server, ServerBuilder};

use crate::cargo;
use crate::error::BenchError;
use crate::filled::{self, DATABASE, open_to_servers};
use crate::line::Line;
use crate::line::Target::{AtLeast, AtMost};
use crate::line::Unit::{Mebibytes, Milliseconds, RowsPerSecond};
use crate::options::Options;
use crate::report::{Report, tell};
use crate::rounds::{Figure, interleaved};

/// Rows of an export: the last ones of the table.
const ROWS: u64 = 5_000_000;
/// Starts of which the median counts.
const STARTS: usize = 51;
/// Time between two looks at the memory of a running export.
const LOOK: Duration = Duration::from_millis(20);

const FORMATS: [&str; 2] = ["csv", "jsonl"];

/// The lines of a server.
macro_rules! server {
    ($server:literal, $variant:literal) => {
        [
            Line::new(
                concat!($server, ": SELECT … INTO OUTFILE, as dumps by --tab"),
                ($variant, "outfile_rows_per_s"),
                RowsPerSecond,
            ),
            Line::new(
                concat!($server, ": export as CSV / INTO OUTFILE"),
                ($variant, "csv_rows_per_s"),
                RowsPerSecond,
            )
            .beside($variant, "outfile_rows_per_s")
            .target(AtLeast(0.5)),
            Line::new(
                concat!($server, ": export as JSON lines / INTO OUTFILE"),
                ($variant, "jsonl_rows_per_s"),
                RowsPerSecond,
            )
            .beside($variant, "outfile_rows_per_s")
            .target(AtLeast(0.5)),
            Line::new(
                concat!($server, ": memory of the export"),
                ($variant, "csv_mib"),
                Mebibytes,
            )
            .target(AtMost(64.0)),
        ]
    };
}

pub(crate) fn run(options: Options) -> Result<usize, BenchError> {
    let tool = cargo::binary("behavior-trace-cli", "behavior-trace")?;
    let folder =
        tempfile::tempdir().map_err(|error| BenchError::source("the temporary folder", error))?;
    open_to_servers(folder.path())?;
    let kinds = options.wanted.kinds;
    let mut names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    names.extend(["start", "coverage"]);
    let samples = interleaved(&names, options.rounds, |name| {
        let Some(kind) = kinds.iter().find(|kind| kind.name() == name) else {
            return match name {
                "coverage" => coverage::figures(&tool, folder.path()),
                _ => starts(&tool),
            };
        };
        let server = filled::server(*kind, options.wanted.rows, reading)?;
        let figures = exports(&tool, &server, folder.path(), options.wanted.rows)?;
        server.stop()?;
        Ok(figures)
    })?;
    let mut lines: Vec<Line> = kinds
        .iter()
        .flat_map(|kind| match kind {
            Kind::MariaDb => server!("MariaDB", "mariadb"),
            Kind::MySql => server!("MySQL", "mysql"),
        })
        .collect();
    let help = Line::new("behavior-trace --help", ("start", "help_ms"), Milliseconds);
    lines.push(help.target(AtMost(10.0)));
    lines.push(coverage::line());
    tell("tool", &Report::of(&lines, &samples)?)
}

fn reading(server: ServerBuilder) -> ServerBuilder {
    server.arg("--innodb-buffer-pool-size=1G")
}

fn exports(
    tool: &Path,
    server: &Server,
    folder: &Path,
    rows: u64,
) -> Result<Vec<Figure>, BenchError> {
    let after = rows.saturating_sub(ROWS);
    let exported = u32::try_from(rows - after).map_or(f64::INFINITY, f64::from);
    server.sql("GRANT FILE ON *.* TO 'trace'@'%'; GRANT FILE ON *.* TO 'trace'@'localhost'")?;
    let file = folder.join("rows");
    let outfile = format!(
        "SELECT * INTO OUTFILE '{}' FROM {DATABASE}.operational_activity WHERE id > {after}",
        file.display()
    );
    // Once before the clock runs, so that each finds the same pages in memory.
    for _ in 0..2 {
        remove(&file)?;
        let begun = Instant::now();
        server.sql(&outfile)?;
        println!("  INTO OUTFILE in {:?}", begun.elapsed());
    }
    remove(&file)?;
    let begun = Instant::now();
    server.sql(&outfile)?;
    let mut figures = vec![(
        "outfile_rows_per_s".to_owned(),
        exported / begun.elapsed().as_secs_f64(),
    )];
    let url = server.url(DATABASE);
    for format in FORMATS {
        remove(&file)?;
        let (taken, memory) = export(tool, &url, &file, format, after)?;
        println!("  {format} in {taken:?}, {memory} MiB");
        figures.push((
            format!("{format}_rows_per_s"),
            exported / taken.as_secs_f64(),
        ));
        figures.push((format!("{format}_mib"), memory));
    }
    remove(&file)?;
    Ok(figures)
}

/// Runs an export, and returns its duration and the most memory that it had, in MiB.
fn export(
    tool: &Path,
    url: &str,
    file: &Path,
    format: &str,
    after: u64,
) -> Result<(Duration, f64), BenchError> {
    let failed = |error| BenchError::source("the export", error);
    let begun = Instant::now();
    let mut running = Command::new(tool)
        .env("BEHAVIOR_TRACE_DATABASE_URL", url)
        .args(["export", "--quiet", "--settle", "0s", "--format", format])
        .args(["--after-id", &after.to_string(), "--to"])
        .arg(file)
        .stdout(Stdio::null())
        .spawn()
        .map_err(failed)?;
    let status = format!("/proc/{}/status", running.id());
    let mut memory: f64 = 0.0;
    loop {
        if let Ok(status) = fs::read_to_string(&status) {
            memory = memory.max(peak(&status));
        }
        match running.try_wait().map_err(failed)? {
            None => thread::sleep(LOOK),
            Some(ended) if ended.success() => return Ok((begun.elapsed(), memory)),
            Some(ended) => return Err(BenchError::run("the export", format!("{ended}"))),
        }
    }
}

/// Returns the most resident memory so far, in MiB.
fn peak(status: &str) -> f64 {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    kib.map_or(0.0, |kib: f64| kib / 1024.0)
}

fn starts(tool: &Path) -> Result<Vec<Figure>, BenchError> {
    let mut taken = Vec::with_capacity(STARTS);
    for _ in 0..STARTS {
        let begun = Instant::now();
        cargo::output_of(tool, &["--help"])?;
        taken.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    taken.sort_by(f64::total_cmp);
    Ok(vec![("help_ms".to_owned(), taken[STARTS / 2])])
}

fn remove(file: &Path) -> Result<(), BenchError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(BenchError::source("the exported file", error))
        }
        _ => Ok(()),
    }
}
