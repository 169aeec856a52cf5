//! CPU time that ten followers cost the server, beside 1,000 rows a second.

use behavior_trace_servers::{Kind, Server};

use crate::cargo;
use crate::error::BenchError;
use crate::line::Line;
use crate::line::Target::{AtLeast, AtMost};
use crate::line::Unit::{Ids, Percent, RowsPerSecond};
use crate::options::Options;
use crate::report::{Report, tell};
use crate::rounds::{Samples, figures};

/// The tables: the end of the variant's name, the number of partitions, and the distance between two ids.
const TABLES: [(&str, &str, u8); 3] = [
    ("", "0", 1),
    (" partitioned", "400", 1),
    // As on a cluster, where each id between two others may still appear.
    (" strided", "0", 7),
];

/// The lines of one table.
macro_rules! table {
    ($table:literal, $variant:literal) => {
        [
            Line::new(
                concat!($table, ": server's CPU, 1,000 rows/s alone"),
                ($variant, "alone_percent"),
                Percent,
            ),
            Line::new(
                concat!($table, ": beside ten followers / alone"),
                ($variant, "followed_percent"),
                Percent,
            )
            .beside_in_each_round($variant, "alone_percent"),
            Line::new(
                concat!($table, ": added by ten followers"),
                ($variant, "added_percent"),
                Percent,
            )
            .target(AtMost(5.0)),
            Line::new(
                concat!($table, ": rows of each follower"),
                ($variant, "followed_rows_per_s"),
                RowsPerSecond,
            )
            .target(AtLeast(950.0)),
            Line::new(
                concat!($table, ": ids given up for lack of memory"),
                ($variant, "given_up"),
                Ids,
            )
            .target(AtMost(0.0)),
        ]
    };
}

/// Runs the measurement. The rounds are in the binary: each is a window with followers and one without, on the same table.
pub(crate) fn run(options: Options) -> Result<usize, BenchError> {
    let binary = cargo::binary("behavior-trace-benches", "follow")?;
    let rounds = options.rounds.to_string();
    let mut samples = Samples::default();
    let mut lines = Vec::new();
    for kind in options.wanted.kinds {
        let server = Server::builder(*kind)
            .durable()
            .arg("--innodb-buffer-pool-size=1G")
            .start()?;
        println!("{kind}: {}", server.version());
        for (suffix, partitions, increment) in TABLES {
            server.sql(&format!(
                "SET GLOBAL auto_increment_increment = {increment}"
            ))?;
            let url = server.database("follow")?;
            let pid = pid(&server)?;
            let output = cargo::output_of(&binary, &[&url, &pid, partitions, &rounds])?;
            let variant = format!("{}{suffix}", kind.name());
            samples.add(&variant, figures(&output));
        }
        lines.extend(match kind {
            Kind::MariaDb => [
                table!("MariaDB", "mariadb"),
                table!("MariaDB, 400 partitions", "mariadb partitioned"),
                table!("MariaDB, each seventh id", "mariadb strided"),
            ],
            Kind::MySql => [
                table!("MySQL", "mysql"),
                table!("MySQL, 400 partitions", "mysql partitioned"),
                table!("MySQL, each seventh id", "mysql strided"),
            ],
        });
    }
    tell("follow", &Report::of(&lines.concat(), &samples)?)
}

fn pid(server: &Server) -> Result<String, BenchError> {
    let pid = server.pid()?;
    let pid =
        pid.ok_or_else(|| BenchError::run("follow", "the server has no process id".to_owned()))?;
    Ok(pid.to_string())
}
