//! `write_path --long`: the insert rate while a table outgrows the server's memory, plain and partitioned.

use std::path::Path;

use behavior_trace_servers::{Kind, Server};

use crate::cargo;
use crate::error::BenchError;
use crate::line::Line;
use crate::line::Target::AtLeast;
use crate::line::Unit::RowsPerSecond;
use crate::report::{Report, tell};
use crate::rounds::{Figure, Samples, figures};

/// A server, and the layout of the table on it.
struct Variant {
    name: &'static str,
    kind: Kind,
    /// Rows per partition, if the table is partitioned.
    partitions: Option<&'static str>,
    /// The size of the redo log, if it is not the server's default.
    redo_log: Option<&'static str>,
}

impl Variant {
    const fn new(name: &'static str, kind: Kind, partitions: Option<&'static str>) -> Self {
        Self {
            name,
            kind,
            partitions,
            redo_log: None,
        }
    }

    const fn redo_log(mut self, size: &'static str) -> Self {
        self.redo_log = Some(size);
        self
    }
}

/// MariaDB's redo log of 96 MiB wraps around every other second at these rates. Each time, the server must write the pages
/// that random keys have touched earlier than otherwise: fewer with smaller partitions, less often with a larger log.
const VARIANTS: [Variant; 6] = [
    Variant::new("mariadb partitioned", Kind::MariaDb, Some("600000")),
    Variant::new("mysql partitioned", Kind::MySql, Some("600000")),
    Variant::new("mariadb plain", Kind::MariaDb, None),
    Variant::new("mysql plain", Kind::MySql, None),
    Variant::new("mariadb small partitions", Kind::MariaDb, Some("150000")),
    Variant::new("mariadb large log", Kind::MariaDb, Some("600000")).redo_log("1G"),
];

/// The rate in each tenth of the rows, against the rate into the empty table. Partitions of the size that `Partitions`
/// recommends should keep a ratio of 0.85 after half of the rows (five million by default) and at the end.
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

pub(crate) fn run(rows: u32) -> Result<usize, BenchError> {
    let lines = [
        curve!("MariaDB, partitioned", "mariadb partitioned", tells),
        curve!("MySQL, partitioned", "mysql partitioned", holds),
        curve!("MariaDB, plain", "mariadb plain", tells),
        curve!("MySQL, plain", "mysql plain", tells),
        curve!(
            "MariaDB, partitions of 150,000",
            "mariadb small partitions",
            holds
        ),
        curve!(
            "MariaDB, partitioned, redo log of 1 GiB",
            "mariadb large log",
            tells
        ),
    ];
    println!("{rows} rows each, a buffer pool of 256 MiB, default durability");
    let binary = cargo::binary("behavior-trace-benches", "write_path")?;
    let rows = rows.to_string();
    let mut samples = Samples::default();
    for variant in &VARIANTS {
        samples.add(variant.name, grow(variant, &binary, &rows)?);
    }
    tell("write_path_long", &Report::of(&lines.concat(), &samples)?)
}

fn grow(variant: &Variant, binary: &Path, rows: &str) -> Result<Vec<Figure>, BenchError> {
    // A new server for each variant, so that none begins with another's dirty pages.
    let mut builder = Server::builder(variant.kind)
        .durable()
        .arg("--innodb-buffer-pool-size=256M");
    if let Some(size) = variant.redo_log {
        builder = builder.arg(format!("--innodb-log-file-size={size}"));
    }
    let server = builder.start()?;
    println!("{}: {}", variant.name, server.version());
    server.database("bench")?;
    let url = server.socket_url("bench")?;
    // The recorder writes no files.
    let folder = "";
    let words = match variant.partitions {
        Some(each) => vec!["partitioned", &url, folder, rows, each],
        None => vec!["plain", &url, folder, rows],
    };
    let output = cargo::output_of(binary, &words)?;
    // A run takes half an hour, so the output of each variant is printed at once.
    print!("{output}");
    Ok(figures(&output))
}
