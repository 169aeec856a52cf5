//! Throughput of the spool: into it while the server is unavailable, and out of it once the server is available again.

use behavior_trace_servers::{Kind, Server};

use crate::cargo;
use crate::error::BenchError;
use crate::line::Line;
use crate::line::Target::AtLeast;
use crate::line::Unit::{Mebibytes, RowsPerSecond};
use crate::options::Options;
use crate::report::{Report, tell};
use crate::rounds::{figures, interleaved};

const ROWS: &str = "200000";

const LINES: [Line; 8] = [
    Line::new(
        "MariaDB: into the spool",
        ("mariadb", "spooled_per_s"),
        RowsPerSecond,
    ),
    Line::new(
        "MariaDB: out of the spool, beside 2000 live events/s",
        ("mariadb", "drained_per_s"),
        RowsPerSecond,
    )
    .target(AtLeast(10_000.0)),
    Line::new(
        "MariaDB: out of the spool / straight in",
        ("mariadb", "drained_per_s"),
        RowsPerSecond,
    )
    .beside("mariadb", "ingested_per_s")
    .target(AtLeast(0.5)),
    Line::new(
        "MariaDB: most memory of the process",
        ("mariadb", "peak_mib"),
        Mebibytes,
    ),
    Line::new(
        "MySQL: into the spool",
        ("mysql", "spooled_per_s"),
        RowsPerSecond,
    ),
    Line::new(
        "MySQL: out of the spool, beside 2000 live events/s",
        ("mysql", "drained_per_s"),
        RowsPerSecond,
    )
    .target(AtLeast(10_000.0)),
    Line::new(
        "MySQL: out of the spool / straight in",
        ("mysql", "drained_per_s"),
        RowsPerSecond,
    )
    .beside("mysql", "ingested_per_s")
    .target(AtLeast(0.5)),
    Line::new(
        "MySQL: most memory of the process",
        ("mysql", "peak_mib"),
        Mebibytes,
    ),
];

pub(crate) fn run(options: Options) -> Result<usize, BenchError> {
    let binary = cargo::binary("behavior-trace-benches", "outage")?;
    let start = |kind| {
        Server::builder(kind)
            .durable()
            .arg("--innodb-buffer-pool-size=1G")
            .start()
    };
    let servers = [start(Kind::MariaDb)?, start(Kind::MySql)?];
    let samples = interleaved(&["mariadb", "mysql"], options.rounds, |kind| {
        let server = &servers[usize::from(kind == "mysql")];
        server.database("bench")?;
        let url = server.socket_url("bench")?;
        let spool = tempfile::tempdir()
            .map_err(|error| BenchError::source("the temporary folder", error))?;
        let folder = spool.path().display().to_string();
        Ok(figures(&cargo::output_of(&binary, &[&url, &folder, ROWS])?))
    })?;
    tell("outage", &Report::of(&LINES, &samples)?)
}
