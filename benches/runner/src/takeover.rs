//! Takeover of a table that PHP made, beside a writer that stores row by row.

use behavior_trace_servers::{Kind, Server};

use crate::cargo;
use crate::error::BenchError;
use crate::filled::open_to_servers;
use crate::line::Line;
use crate::line::Target::AtMost;
use crate::line::Unit::Milliseconds;
use crate::options::Options;
use crate::report::{Report, tell};
use crate::retention::start;
use crate::rounds::{figures, interleaved};

const ROWS: &str = "1000000";

/// All lines of a server.
macro_rules! server {
    ($server:literal, $variant:literal) => {
        vec![
            Line::new(
                concat!($server, ": slowest statement, the writer alone"),
                ($variant, "alone_ms_worst"),
                Milliseconds,
            ),
            Line::new(
                concat!($server, ": the unique key over 1,000,000 rows"),
                ($variant, "key_taken_ms"),
                Milliseconds,
            ),
            Line::new(
                concat!($server, ": slowest statement beside the unique key"),
                ($variant, "key_ms_worst"),
                Milliseconds,
            )
            .target(AtMost(100.0)),
            Line::new(
                concat!($server, ": the rest of 1,000,000 rows"),
                ($variant, "rest_taken_ms"),
                Milliseconds,
            ),
            Line::new(
                concat!($server, ": slowest statement beside the rest"),
                ($variant, "rest_ms_worst"),
                Milliseconds,
            ),
        ]
    };
}

pub(crate) fn run(options: Options) -> Result<usize, BenchError> {
    let binary = cargo::binary("behavior-trace-benches", "takeover")?;
    let folder =
        tempfile::tempdir().map_err(|error| BenchError::source("the temporary folder", error))?;
    open_to_servers(folder.path())?;
    let kinds = options.wanted.kinds;
    let servers: Vec<Server> = kinds
        .iter()
        .map(|kind| start(*kind, false))
        .collect::<Result<_, _>>()?;
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    let samples = interleaved(&names, options.rounds, |name| {
        let mut servers = servers.iter();
        let server = servers.find(|server| server.kind().name() == name);
        let url = server.map(|server| server.database("bench")).transpose()?;
        let folder = folder.path().display().to_string();
        let words = [&*url.unwrap_or_default(), &folder, ROWS];
        Ok(figures(&cargo::output_of(&binary, &words)?))
    })?;
    let lines: Vec<Line> = kinds.iter().flat_map(|kind| lines(*kind)).collect();
    tell("takeover", &Report::of(&lines, &samples)?)
}

fn lines(kind: Kind) -> Vec<Line> {
    match kind {
        Kind::MariaDb => server!("MariaDB", "mariadb"),
        Kind::MySql => server!("MySQL", "mysql"),
    }
}
