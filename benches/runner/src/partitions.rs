//! Cost of removing old rows from a table with thousands of partitions.

use behavior_trace_servers::{Kind, Server};

use crate::cargo;
use crate::error::BenchError;
use crate::filled::open_to_servers;
use crate::line::Line;
use crate::line::Target::AtMost;
use crate::line::Unit::Milliseconds;
use crate::options::Options;
use crate::report::{Report, tell};
use crate::rounds::{Samples, figures};

/// Runs the measurement. The rounds are in the binary: each fills both tables and empties them again.
pub(crate) fn run(options: Options) -> Result<usize, BenchError> {
    let binary = cargo::binary("behavior-trace-benches", "retention")?;
    let folder =
        tempfile::tempdir().map_err(|error| BenchError::source("the temporary folder", error))?;
    open_to_servers(folder.path())?;
    let folder = folder.path().display().to_string();
    let rounds = options.rounds.to_string();
    let mut samples = Samples::default();
    for kind in options.wanted.kinds {
        // The pool must hold as many pages as there are partitions times keys.
        let server = Server::builder(*kind)
            .durable()
            .arg("--innodb-buffer-pool-size=1G")
            .start()?;
        server.sql("GRANT FILE ON *.* TO 'trace'@'%'; GRANT FILE ON *.* TO 'trace'@'localhost'")?;
        println!("{kind}: {}", server.version());
        let (plain, hourly) = (server.database("plain")?, server.database("hourly")?);
        let words = ["hourly", &*plain, &*hourly, &*folder, &*rounds];
        samples.add(kind.name(), figures(&cargo::output_of(&binary, &words)?));
    }
    let lines: Vec<Line> = options
        .wanted
        .kinds
        .iter()
        .map(|kind| line(*kind))
        .collect();
    tell("partitions", &Report::of(&lines, &samples)?)
}

fn line(kind: Kind) -> Line {
    let (what, variant) = match kind {
        Kind::MariaDb => (
            "MariaDB: 2,000 rows out of 2,000 partitions / a plain table",
            "mariadb",
        ),
        Kind::MySql => (
            "MySQL: 2,000 rows out of 2,000 partitions / a plain table",
            "mysql",
        ),
    };
    Line::new(what, (variant, "hourly_ms"), Milliseconds)
        .beside(variant, "plain_ms")
        .target(AtMost(1.5))
}
