//! Insert rate of the public API, beside the server's own bulk load and one INSERT per event.

use behavior_trace_servers::{Kind, Server};

use crate::cargo;
use crate::error::BenchError;
use crate::filled::open_to_servers;
use crate::line::Line;
use crate::line::Target::{AtLeast, AtMost};
use crate::line::Unit::{Microseconds, Milliseconds, RowsPerSecond};
use crate::options::Options;
use crate::report::{Report, tell};
use crate::rounds::{Better, figures, interleaved};

const ROWS: &str = "200000";
/// One event every 10 ms.
const PACED: &str = "500";

const RATE: &str = "rows_per_s";
const VARIANTS: [&str; 11] = [
    "mariadb ours",
    "mysql ours",
    "mysql tls",
    "mariadb load_1",
    "mysql load_1",
    "mariadb load_2",
    "mysql load_2",
    "mariadb single",
    "mysql single",
    "mariadb latency",
    "mysql latency",
];

/// The better of one and two connections is the server's load rate.
const LOADS: [(&str, (&str, &str)); 2] = [
    ("mariadb load_best", ("mariadb load_1", "mariadb load_2")),
    ("mysql load_best", ("mysql load_1", "mysql load_2")),
];

const LINES: [Line; 19] = [
    Line::new(
        "MariaDB: LOAD DATA, 1 connection",
        ("mariadb load_1", RATE),
        RowsPerSecond,
    ),
    Line::new(
        "MariaDB: LOAD DATA, 2 connections",
        ("mariadb load_2", RATE),
        RowsPerSecond,
    ),
    Line::new(
        "MariaDB: one INSERT an event",
        ("mariadb single", RATE),
        RowsPerSecond,
    ),
    Line::new(
        "MariaDB: ours / LOAD DATA, the better",
        ("mariadb ours", RATE),
        RowsPerSecond,
    )
    .beside_in_each_round("mariadb load_best", RATE)
    .target(AtLeast(1.0)),
    Line::new(
        "MariaDB: ours / one INSERT an event",
        ("mariadb ours", RATE),
        RowsPerSecond,
    )
    .beside_in_each_round("mariadb single", RATE)
    .target(AtLeast(15.0)),
    Line::new(
        "MariaDB: writer's CPU a row",
        ("mariadb ours", "writer_us"),
        Microseconds,
    )
    .target(AtMost(1.0)),
    Line::new(
        "MariaDB: caller's CPU a row, the row's making included",
        ("mariadb ours", "caller_us"),
        Microseconds,
    ),
    Line::new(
        "MariaDB: call to visible row, p50",
        ("mariadb latency", "visible_ms_p50"),
        Milliseconds,
    ),
    Line::new(
        "MariaDB: call to visible row, p99",
        ("mariadb latency", "visible_ms_p99"),
        Milliseconds,
    ),
    Line::new(
        "MySQL: LOAD DATA, 1 connection",
        ("mysql load_1", RATE),
        RowsPerSecond,
    ),
    Line::new(
        "MySQL: LOAD DATA, 2 connections",
        ("mysql load_2", RATE),
        RowsPerSecond,
    ),
    Line::new(
        "MySQL: one INSERT an event",
        ("mysql single", RATE),
        RowsPerSecond,
    ),
    Line::new(
        "MySQL: ours / LOAD DATA, the better",
        ("mysql ours", RATE),
        RowsPerSecond,
    )
    .beside_in_each_round("mysql load_best", RATE)
    .target(AtLeast(0.75)),
    Line::new(
        "MySQL: ours / one INSERT an event",
        ("mysql ours", RATE),
        RowsPerSecond,
    )
    .beside_in_each_round("mysql single", RATE)
    .target(AtLeast(15.0)),
    Line::new(
        "MySQL: ours over TCP with TLS / over the socket",
        ("mysql tls", RATE),
        RowsPerSecond,
    )
    .beside_in_each_round("mysql ours", RATE),
    Line::new(
        "MySQL: writer's CPU a row",
        ("mysql ours", "writer_us"),
        Microseconds,
    )
    .target(AtMost(1.0)),
    Line::new(
        "MySQL: caller's CPU a row, the row's making included",
        ("mysql ours", "caller_us"),
        Microseconds,
    ),
    Line::new(
        "MySQL: call to visible row, p50",
        ("mysql latency", "visible_ms_p50"),
        Milliseconds,
    ),
    Line::new(
        "MySQL: call to visible row, p99",
        ("mysql latency", "visible_ms_p99"),
        Milliseconds,
    ),
];

pub(crate) fn run(options: Options) -> Result<usize, BenchError> {
    if let Some(rows) = options.long {
        return super::growth::run(rows);
    }
    let binary = cargo::binary("behavior-trace-benches", "write_path")?;
    let folder =
        tempfile::tempdir().map_err(|error| BenchError::source("the temporary folder", error))?;
    open_to_servers(folder.path())?;
    let servers = [start(Kind::MariaDb)?, start(Kind::MySql)?];
    let mut samples = interleaved(&VARIANTS, options.rounds, |variant| {
        let (server, variant) = variant.split_once(' ').unwrap_or_default();
        let server = &servers[usize::from(server == "mysql")];
        let over_tcp = server.database("bench")?;
        // All through the socket: LOAD DATA reads a file, so a comparison with encrypted traffic would be unfair.
        let (variant, url) = match variant {
            "tls" => ("ours", over_tcp),
            variant => (variant, server.socket_url("bench")?),
        };
        let rows = if variant == "latency" { PACED } else { ROWS };
        let folder = folder.path().display().to_string();
        Ok(figures(&cargo::output_of(
            &binary,
            &[variant, &url, &folder, rows],
        )?))
    })?;
    for (load_best, of) in LOADS {
        samples.add_better(load_best, of, RATE, Better::More);
    }
    tell("write_path", &Report::of(&LINES, &samples)?)
}

/// Starts a server of either kind with its default durability, and a buffer pool that holds the table.
fn start(kind: Kind) -> Result<Server, BenchError> {
    let server = Server::builder(kind)
        .durable()
        .arg("--innodb-buffer-pool-size=1G")
        .arg("--secure-file-priv=")
        .start()?;
    server.sql("GRANT FILE ON *.* TO 'trace'@'%'; GRANT FILE ON *.* TO 'trace'@'localhost'")?;
    println!("{kind}: {}", server.version());
    Ok(server)
}
