//! Effect of removing old rows on the writer, and the speed of the removal.

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

/// More than a million, so that every window finds some: deleting takes about a million, archiving the others.
const BESIDE: &str = "1500000";
const DROPPED: &str = "1000000";

/// The lines of one way of removing rows step by step.
macro_rules! steps {
    ($server:literal, $variant:expr, $way:literal, $words:literal) => {
        [
            Line::new(
                concat!($server, ": batch p50 beside ", $words, " / alone"),
                ($variant, concat!($way, "_ms_p50")),
                Milliseconds,
            )
            .beside($variant, "alone_ms_p50"),
            Line::new(
                concat!($server, ": batch p99 beside ", $words, " / alone"),
                ($variant, concat!($way, "_ms_p99")),
                Milliseconds,
            )
            .beside($variant, "alone_ms_p99")
            .target(AtMost(2.0)),
            Line::new(
                concat!($server, ": batch p99 beside ", $words, " / after loading"),
                ($variant, concat!($way, "_ms_p99")),
                Milliseconds,
            )
            .beside($variant, "fresh_ms_p99"),
            Line::new(
                concat!($server, ": slowest batch beside ", $words),
                ($variant, concat!($way, "_ms_worst")),
                Milliseconds,
            ),
            Line::new(
                concat!($server, ": ", $words, ", rests included"),
                ($variant, concat!($way, "_rows_per_s")),
                RowsPerSecond,
            ),
        ]
    };
}

/// All lines of a server.
macro_rules! server {
    ($server:literal, $beside:literal, $drop:literal) => {
        [
            [
                Line::new(
                    concat!($server, ": batch p99 just after loading"),
                    ($beside, "fresh_ms_p99"),
                    Milliseconds,
                ),
                Line::new(
                    concat!($server, ": batch p50, the writer alone"),
                    ($beside, "alone_ms_p50"),
                    Milliseconds,
                ),
                Line::new(
                    concat!($server, ": batch p99, the writer alone"),
                    ($beside, "alone_ms_p99"),
                    Milliseconds,
                ),
                Line::new(
                    concat!($server, ": slowest batch, the writer alone"),
                    ($beside, "alone_ms_worst"),
                    Milliseconds,
                ),
            ]
            .as_slice(),
            &steps!($server, $beside, "delete", "deleting"),
            &steps!($server, $beside, "archive", "archiving"),
            &[
                Line::new(
                    concat!($server, ": dropping a partition of 1,000,000 rows"),
                    ($drop, "taken_ms"),
                    Milliseconds,
                )
                .target(AtMost(1000.0)),
                Line::new(
                    concat!($server, ": slowest batch meanwhile"),
                    ($drop, "meanwhile_ms_worst"),
                    Milliseconds,
                ),
            ],
        ]
        .concat()
    };
}

pub(crate) fn run(options: Options) -> Result<usize, BenchError> {
    let binary = cargo::binary("behavior-trace-benches", "retention")?;
    let folder =
        tempfile::tempdir().map_err(|error| BenchError::source("the temporary folder", error))?;
    open_to_servers(folder.path())?;
    let kinds = options.wanted.kinds;
    let servers: Vec<Server> = kinds
        .iter()
        .map(|kind| start(*kind, options.large_log))
        .collect::<Result<_, _>>()?;
    let ways = ["beside", "drop"];
    let rounds = options.rounds.to_string();
    let rest = options.rest.map(|rest| rest.to_string());
    let variants: Vec<String> = ways
        .iter()
        .flat_map(|way| {
            kinds
                .iter()
                .map(move |kind| format!("{} {way}", kind.name()))
        })
        .collect();
    let names: Vec<&str> = variants.iter().map(String::as_str).collect();
    // The rounds are inside of the binary: each is a window of each way, on the same table.
    let samples = interleaved(&names, 1, |variant| {
        let (name, way) = variant.split_once(' ').unwrap_or_default();
        let of_that_name = |server: &&Server| server.kind().name() == name;
        let url = servers
            .iter()
            .find(of_that_name)
            .map(|server| server.database("bench"));
        let url = url.transpose()?.unwrap_or_default();
        let folder = folder.path().display().to_string();
        let mut words = vec![way, &url, &folder];
        if way == "beside" {
            words.extend([BESIDE, &rounds]);
            words.extend(rest.as_deref());
        } else {
            words.push(DROPPED);
        }
        Ok(figures(&cargo::output_of(&binary, &words)?))
    })?;
    let lines: Vec<Line> = kinds.iter().flat_map(|kind| lines(*kind)).collect();
    tell("retention", &Report::of(&lines, &samples)?)
}

/// Starts a server with its default durability, and with its default redo log unless `large_log` is set.
pub(crate) fn start(kind: Kind, large_log: bool) -> Result<Server, BenchError> {
    let log = match kind {
        Kind::MariaDb => "--innodb-log-file-size=1G",
        Kind::MySql => "--innodb-redo-log-capacity=1G",
    };
    let mut server = Server::builder(kind)
        .durable()
        .arg("--innodb-buffer-pool-size=1G");
    if large_log {
        server = server.arg(log);
    }
    let server = server.start()?;
    server.sql("GRANT FILE ON *.* TO 'trace'@'%'; GRANT FILE ON *.* TO 'trace'@'localhost'")?;
    println!("{kind}: {}", server.version());
    Ok(server)
}

fn lines(kind: Kind) -> Vec<Line> {
    match kind {
        Kind::MariaDb => server!("MariaDB", "mariadb beside", "mariadb drop"),
        Kind::MySql => server!("MySQL", "mysql beside", "mysql drop"),
    }
}
