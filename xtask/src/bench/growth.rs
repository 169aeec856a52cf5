//! `write_path --long`: how the rate holds while a table outgrows the server's memory, plain and partitioned.

use behavior_trace_servers::{Kind, Server};

use super::report::Target::AtLeast;
use super::report::Unit::RowsPerSecond;
use super::report::{Line, Report};
use super::rounds::{figures, interleaved};
use super::tell;
use crate::cargo;
use crate::error::TaskError;

/// A server, a layout of the table and, where it is not the one that the server comes with, the size of the redo log:
/// MariaDB's 96 MiB go round every other second at these rates, and each time around pages are written before their turn.
const VARIANTS: [&str; 5] = [
    "mariadb partitioned",
    "mysql partitioned",
    "mariadb plain",
    "mysql plain",
    "mariadb partitioned 1G",
];

/// The rate in each tenth of the rows, beside the rate into the empty table. Partitions are to hold it: 0.85 after half
/// of the rows, five million unless told otherwise, and at the end.
macro_rules! curve {
    ($name:literal, $variant:literal, $half:expr) => {
        [
            line(
                concat!($name, ": 1st tenth, from empty"),
                $variant,
                "step_1",
            ),
            beside_empty(concat!($name, ": 2nd tenth"), $variant, "step_2"),
            beside_empty(concat!($name, ": 3rd tenth"), $variant, "step_3"),
            beside_empty(concat!($name, ": 4th tenth"), $variant, "step_4"),
            $half(beside_empty(
                concat!($name, ": 5th tenth"),
                $variant,
                "step_5",
            )),
            beside_empty(concat!($name, ": 6th tenth"), $variant, "step_6"),
            beside_empty(concat!($name, ": 7th tenth"), $variant, "step_7"),
            beside_empty(concat!($name, ": 8th tenth"), $variant, "step_8"),
            beside_empty(concat!($name, ": 9th tenth"), $variant, "step_9"),
            $half(beside_empty(
                concat!($name, ": 10th tenth"),
                $variant,
                "step_10",
            )),
        ]
    };
}

const fn line(id: &'static str, variant: &'static str, step: &'static str) -> Line {
    Line::new(id, (variant, step), RowsPerSecond)
}

const fn beside_empty(id: &'static str, variant: &'static str, step: &'static str) -> Line {
    line(id, variant, step).beside(variant, "step_1")
}

const fn holds(line: Line) -> Line {
    line.target(AtLeast(0.85))
}

const fn tells(line: Line) -> Line {
    line
}

pub(super) fn run(rows: u32) -> Result<usize, TaskError> {
    let lines = [
        curve!("MariaDB, partitioned", "mariadb partitioned", holds),
        curve!("MySQL, partitioned", "mysql partitioned", holds),
        curve!("MariaDB, plain", "mariadb plain", tells),
        curve!("MySQL, plain", "mysql plain", tells),
        curve!(
            "MariaDB, partitioned, redo log of 1 GiB",
            "mariadb partitioned 1G",
            holds
        ),
    ];
    println!("{rows} rows each, a buffer pool of 256 MiB, default durability");
    let binary = cargo::binary("behavior-trace-benches", "write_path")?;
    let rows = rows.to_string();
    let samples = interleaved(&VARIANTS, 1, |variant| {
        let mut words = variant.split(' ');
        let (server, layout) = (
            words.next().unwrap_or_default(),
            words.next().unwrap_or_default(),
        );
        let kind = if server == "mysql" {
            Kind::MySql
        } else {
            Kind::MariaDb
        };
        // A server of its own: none begins with another's dirty pages.
        let mut builder = Server::builder(kind)
            .durable()
            .arg("--innodb-buffer-pool-size=256M");
        if let Some(size) = words.next() {
            builder = builder.arg(format!("--innodb-log-file-size={size}"));
        }
        let server = builder.start()?;
        println!("{variant}: {}", server.version());
        server.database("bench")?;
        let url = server.socket_url("bench")?;
        // No file is written.
        let folder = "";
        Ok(figures(&cargo::output_of(
            &binary,
            &[layout, &url, folder, &rows],
        )?))
    })?;
    tell("write_path_long", &Report::of(&lines.concat(), &samples)?)
}
