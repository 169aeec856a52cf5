//! Latency of queries on millions of rows, with the number of rows that the server reads and the key that it uses.

use behavior_trace_servers::{Kind, Server, ServerBuilder};

use crate::cargo;
use crate::error::BenchError;
use crate::filled::{self, DATABASE};
use crate::line::Line;
use crate::line::Target::AtMost;
use crate::line::Unit::{Milliseconds, Rows};
use crate::options::Options;
use crate::report::{Report, tell};
use crate::rounds::{figures, interleaved};

const READS: &str = "3000";
const QUESTIONS: [&str; 7] = [
    "history",
    "correlation",
    "page_0",
    "page_50",
    "page_99",
    "actor",
    "action",
];

/// The four lines of a query.
macro_rules! question {
    ($server:literal, $variant:literal, $name:literal, $words:literal, $key:literal) => {
        [
            Line::new(
                concat!($server, ": ", $words, ", p50"),
                (concat!($variant, " ", $name), "ms_p50"),
                Milliseconds,
            ),
            Line::new(
                concat!($server, ": ", $words, ", p99"),
                (concat!($variant, " ", $name), "ms_p99"),
                Milliseconds,
            )
            .target(AtMost(5.0)),
            Line::new(
                concat!($server, ": ", $words, ", rows read by ", $key),
                (concat!($variant, " ", $name), "rows_by_index"),
                Rows,
            ),
            Line::new(
                concat!($server, ": ", $words, ", rows read otherwise"),
                (concat!($variant, " ", $name), "rows_otherwise"),
                Rows,
            )
            .target(AtMost(0.0)),
        ]
    };
}

/// All lines of a server.
macro_rules! server {
    ($server:literal, $variant:literal) => {
        [
            question!(
                $server,
                $variant,
                "history",
                "history of a resource",
                "history"
            )
            .as_slice(),
            &question!(
                $server,
                $variant,
                "correlation",
                "one correlation",
                "correlation"
            ),
            &question!($server, $variant, "page_0", "page at depth 0", "cursor"),
            &question!($server, $variant, "page_50", "page at depth 50 %", "cursor"),
            &question!($server, $variant, "page_99", "page at depth 99 %", "cursor"),
            &question!($server, $variant, "actor", "actor, one week", "actor"),
            &question!($server, $variant, "action", "action, one week", "action"),
            &[
                Line::new(
                    concat!($server, ": depth 99 % / depth 0, p50"),
                    (concat!($variant, " page_99"), "ms_p50"),
                    Milliseconds,
                )
                .beside(concat!($variant, " page_0"), "ms_p50")
                .target(AtMost(1.5)),
                Line::new(
                    concat!($server, ": OFFSET at depth 1 %"),
                    (concat!($variant, " offset"), "ms_1"),
                    Milliseconds,
                )
                .beside(concat!($variant, " page_50"), "ms_p50"),
            ],
        ]
        .concat()
    };
}

pub(crate) fn run(options: Options) -> Result<usize, BenchError> {
    let binary = cargo::binary("behavior-trace-benches", "read_path")?;
    let kinds = options.wanted.kinds;
    let mut servers = Vec::new();
    for kind in kinds {
        let server = filled::server(*kind, options.wanted.rows, reading)?;
        println!("{kind}: {}, {} rows", server.version(), options.wanted.rows);
        servers.push(server);
    }
    let ask = |variant: &str| {
        let (name, question) = variant.split_once(' ').unwrap_or_default();
        let of_that_name = |server: &&Server| server.kind().name() == name;
        let url = servers
            .iter()
            .find(of_that_name)
            .map(|server| server.url(DATABASE));
        let words = [question, &url.unwrap_or_default(), READS];
        let output = cargo::output_of(&binary, &words)?;
        // A run takes minutes; figures are printed early so that a failure does not lose them.
        eprintln!("{variant}: {}", output.trim().replace('\n', ", "));
        Ok(figures(&output))
    };
    let variants: Vec<String> = QUESTIONS
        .iter()
        .flat_map(|question| {
            kinds
                .iter()
                .map(move |kind| format!("{} {question}", kind.name()))
        })
        .collect();
    let names: Vec<&str> = variants.iter().map(String::as_str).collect();
    let mut samples = interleaved(&names, options.rounds, ask)?;
    for kind in kinds {
        // Only once: it takes seconds, and evicts everything else from the server's memory.
        let variant = format!("{} offset", kind.name());
        samples.add(&variant, ask(&variant)?);
    }
    for server in &servers {
        server.stop()?;
    }
    let lines: Vec<Line> = kinds.iter().flat_map(|kind| lines(*kind)).collect();
    tell("read_path", &Report::of(&lines, &samples)?)
}

fn lines(kind: Kind) -> Vec<Line> {
    match kind {
        Kind::MariaDb => server!("MariaDB", "mariadb"),
        Kind::MySql => server!("MySQL", "mysql"),
    }
}

/// Configures a buffer pool of a seventh of ten million rows. The performance schema counts the rows read; only MySQL
/// enables it by default.
fn reading(server: ServerBuilder) -> ServerBuilder {
    server
        .arg("--innodb-buffer-pool-size=1G")
        .arg("--performance-schema=ON")
}
