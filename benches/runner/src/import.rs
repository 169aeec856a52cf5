//! Rate of an import, and its effect on a writer beside it.

use behavior_trace_servers::{Kind, Server};

use crate::cargo;
use crate::error::BenchError;
use crate::filled::open_to_servers;
use crate::line::Line;
use crate::line::Target::AtMost;
use crate::line::Unit::{Milliseconds, RowsPerSecond};
use crate::options::Options;
use crate::report::{Report, tell};
use crate::rounds::{figures, interleaved};

const ROWS: &str = "1000000";
/// Limit of a live writer's longest wait, in milliseconds.
const LONGEST: f64 = 100.0;

/// The lines of one way of bringing rows along.
macro_rules! way {
    ($server:literal, $variant:literal, $way:literal, $words:literal) => {
        [
            Line::new(
                concat!($server, ": ", $words, " / INSERT … SELECT"),
                ($variant, concat!($way, "_rows_per_s")),
                RowsPerSecond,
            )
            .beside($variant, "select_rows_per_s"),
            Line::new(
                concat!($server, ": an insert beside ", $words, ", p99 / alone"),
                ($variant, concat!($way, "_ms_p99")),
                Milliseconds,
            )
            .beside($variant, "alone_ms_p99"),
            Line::new(
                concat!($server, ": slowest insert beside ", $words),
                ($variant, concat!($way, "_ms_worst")),
                Milliseconds,
            )
            .target(AtMost(LONGEST)),
        ]
    };
}

/// All lines of a server.
macro_rules! server {
    ($server:literal, $variant:literal) => {
        [
            [
                Line::new(
                    concat!($server, ": INSERT … SELECT"),
                    ($variant, "select_rows_per_s"),
                    RowsPerSecond,
                ),
                Line::new(
                    concat!($server, ": slowest insert beside it"),
                    ($variant, "select_ms_worst"),
                    Milliseconds,
                ),
                Line::new(
                    concat!($server, ": slowest insert, the writer alone"),
                    ($variant, "alone_ms_worst"),
                    Milliseconds,
                ),
            ]
            .as_slice(),
            &way!($server, $variant, "paced", "Import"),
            &way!($server, $variant, "fast", "Import without pauses"),
        ]
        .concat()
    };
}

pub(crate) fn run(options: Options) -> Result<usize, BenchError> {
    let binary = cargo::binary("behavior-trace-benches", "import")?;
    let folder =
        tempfile::tempdir().map_err(|error| BenchError::source("the temporary folder", error))?;
    open_to_servers(folder.path())?;
    let kinds = options.wanted.kinds;
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    let samples = interleaved(&names, 1, |name| {
        let kind = kinds.iter().copied().find(|kind| kind.name() == name);
        // Each runs alone on the machine.
        let server = start(kind.unwrap_or(Kind::MariaDb))?;
        let url = server.database("bench")?;
        let folder = folder.path().display().to_string();
        Ok(figures(&cargo::output_of(&binary, &[&url, &folder, ROWS])?))
    })?;
    let lines: Vec<Line> = kinds
        .iter()
        .flat_map(|kind| match kind {
            Kind::MariaDb => server!("MariaDB", "mariadb"),
            Kind::MySql => server!("MySQL", "mysql"),
        })
        .collect();
    tell("import", &Report::of(&lines, &samples)?)
}

/// Starts a server with its default durability.
fn start(kind: Kind) -> Result<Server, BenchError> {
    let server = Server::builder(kind)
        .durable()
        .arg("--innodb-buffer-pool-size=1G")
        .start()?;
    server.sql("GRANT FILE ON *.* TO 'trace'@'%'; GRANT FILE ON *.* TO 'trace'@'localhost'")?;
    println!("{kind}: {}", server.version());
    Ok(server)
}
