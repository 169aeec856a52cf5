//! What each key of the table costs the rows that come in.

use behavior_trace_servers::{Kind, Server};

use super::report::Unit::RowsPerSecond;
use super::report::{Line, Report};
use super::rounds::{figures, interleaved};
use super::{Options, tell};
use crate::cargo;
use crate::error::TaskError;
use crate::filled::open_to_servers;

const ROWS: &str = "1000000";

macro_rules! key {
    ($server:literal, $variant:literal, $words:literal, $figure:literal) => {
        Line::new(
            concat!($server, ": ", $words),
            ($variant, $figure),
            RowsPerSecond,
        )
        .beside($variant, "base")
    };
}

/// All lines of a server.
macro_rules! server {
    ($server:literal, $variant:literal) => {
        [
            Line::new(
                concat!($server, ": the table as it is made"),
                ($variant, "base"),
                RowsPerSecond,
            ),
            key!($server, $variant, "without the cursor", "without_cursor"),
            key!(
                $server,
                $variant,
                "without the correlation",
                "without_correlation"
            ),
            key!($server, $variant, "without the history", "without_history"),
            key!($server, $variant, "with the actor", "with_actor"),
            key!($server, $variant, "with the action", "with_action"),
            key!($server, $variant, "with the request", "with_request"),
            key!($server, $variant, "with the event", "with_event"),
            key!($server, $variant, "with all four", "with_all"),
        ]
    };
}

pub(super) fn run(options: Options) -> Result<usize, TaskError> {
    let binary = cargo::binary("behavior-trace-benches", "indexes")?;
    let folder =
        tempfile::tempdir().map_err(|error| TaskError::source("the temporary folder", error))?;
    open_to_servers(folder.path())?;
    let kinds = options.wanted.kinds;
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    let samples = interleaved(&names, options.rounds, |name| {
        let kind = kinds.iter().find(|kind| kind.name() == name);
        let server = start(*kind.unwrap_or(&Kind::MariaDb))?;
        let folder = folder.path().display().to_string();
        Ok(figures(&cargo::output_of(
            &binary,
            &[&server.database("bench")?, &folder, ROWS],
        )?))
    })?;
    let lines: Vec<Line> = kinds.iter().flat_map(|kind| lines(*kind)).collect();
    tell("indexes", &Report::of(&lines, &samples)?)
}

/// With a buffer pool that holds a third of the table, and no wait for the disk at a commit, which would hide the keys. It
/// may write 2000 pages a second while it waits, or it would take half a minute before each of the variants.
fn start(kind: Kind) -> Result<Server, TaskError> {
    let server = Server::builder(kind)
        .arg("--innodb-buffer-pool-size=256M")
        .arg("--innodb-io-capacity=2000")
        .arg("--innodb-io-capacity-max=4000")
        .start()?;
    server.sql("GRANT FILE ON *.* TO 'trace'@'%'; GRANT FILE ON *.* TO 'trace'@'localhost'")?;
    println!("{kind}: {}", server.version());
    Ok(server)
}

fn lines(kind: Kind) -> [Line; 9] {
    match kind {
        Kind::MariaDb => server!("MariaDB", "mariadb"),
        Kind::MySql => server!("MySQL", "mysql"),
    }
}
