//! What taking a million old rows out of the table does to the writer beside, and how fast they go.

use behavior_trace_servers::{Kind, Server};

use super::report::Target::AtMost;
use super::report::Unit::{Milliseconds, RowsPerSecond};
use super::report::{Line, Report};
use super::rounds::{figures, interleaved};
use super::{Options, tell};
use crate::cargo;
use crate::error::TaskError;
use crate::filled::open_to_servers;

const ROWS: &str = "1000000";

/// The lines of one way that takes rows step by step.
macro_rules! steps {
    ($server:literal, $variant:expr, $words:literal) => {
        [
            Line::new(
                concat!($server, ": batch p99 before ", $words),
                ($variant, "alone_ms_p99"),
                Milliseconds,
            ),
            Line::new(
                concat!($server, ": batch p99 during ", $words, " / before"),
                ($variant, "meanwhile_ms_p99"),
                Milliseconds,
            )
            .beside($variant, "alone_ms_p99")
            .target(AtMost(2.0)),
            Line::new(
                concat!($server, ": batch p50 during ", $words, " / before"),
                ($variant, "meanwhile_ms_p50"),
                Milliseconds,
            )
            .beside($variant, "alone_ms_p50"),
            Line::new(
                concat!($server, ": ", $words, ", rests included"),
                ($variant, "rows_per_s"),
                RowsPerSecond,
            ),
        ]
    };
}

/// All lines of a server.
macro_rules! server {
    ($server:literal, $variant:literal) => {
        [
            steps!($server, concat!($variant, " delete"), "deleting").as_slice(),
            &steps!($server, concat!($variant, " archive"), "archiving"),
            &[
                Line::new(
                    concat!($server, ": dropping a partition of 1,000,000 rows"),
                    (concat!($variant, " drop"), "taken_ms"),
                    Milliseconds,
                )
                .target(AtMost(1000.0)),
                Line::new(
                    concat!($server, ": longest batch meanwhile"),
                    (concat!($variant, " drop"), "meanwhile_ms_worst"),
                    Milliseconds,
                ),
            ],
        ]
        .concat()
    };
}

pub(super) fn run(options: Options) -> Result<usize, TaskError> {
    let binary = cargo::binary("behavior-trace-benches", "retention")?;
    let folder =
        tempfile::tempdir().map_err(|error| TaskError::source("the temporary folder", error))?;
    open_to_servers(folder.path())?;
    let kinds = options.wanted.kinds;
    let servers: Vec<Server> = kinds
        .iter()
        .map(|kind| start(*kind))
        .collect::<Result<_, _>>()?;
    let ways = ["delete", "archive", "drop"];
    let variants: Vec<String> = ways
        .iter()
        .flat_map(|way| {
            kinds
                .iter()
                .map(move |kind| format!("{} {way}", kind.name()))
        })
        .collect();
    let names: Vec<&str> = variants.iter().map(String::as_str).collect();
    let samples = interleaved(&names, options.rounds, |variant| {
        let (name, way) = variant.split_once(' ').unwrap_or_default();
        let of_that_name = |server: &&Server| server.kind().name() == name;
        let url = servers
            .iter()
            .find(of_that_name)
            .map(|server| server.database("bench"));
        let url = url.transpose()?.unwrap_or_default();
        let folder = folder.path().display().to_string();
        Ok(figures(&cargo::output_of(
            &binary,
            &[way, &url, &folder, ROWS],
        )?))
    })?;
    let lines: Vec<Line> = kinds.iter().flat_map(|kind| lines(*kind)).collect();
    tell("retention", &Report::of(&lines, &samples)?)
}

/// At the durability it comes with.
fn start(kind: Kind) -> Result<Server, TaskError> {
    let server = Server::builder(kind)
        .durable()
        .arg("--innodb-buffer-pool-size=1G")
        .start()?;
    server.sql("GRANT FILE ON *.* TO 'trace'@'%'; GRANT FILE ON *.* TO 'trace'@'localhost'")?;
    println!("{kind}: {}", server.version());
    Ok(server)
}

fn lines(kind: Kind) -> Vec<Line> {
    match kind {
        Kind::MariaDb => server!("MariaDB", "mariadb"),
        Kind::MySql => server!("MySQL", "mysql"),
    }
}
