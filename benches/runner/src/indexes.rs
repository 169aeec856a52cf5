//! Cost of each key of the table for inserted rows.

use behavior_trace_servers::{Kind, Server};

use crate::cargo;
use crate::error::BenchError;
use crate::filled::open_to_servers;
use crate::line::Line;
use crate::line::Unit::RowsPerSecond;
use crate::options::Options;
use crate::report::{Report, tell};
use crate::rounds::{Samples, figures};

const ROWS: &str = "500000";

/// Names of the variants, both for the benchmark and in the table of figures.
const VARIANTS: [&str; 9] = [
    "base",
    "without_cursor",
    "without_correlation",
    "without_history",
    "with_actor",
    "with_action",
    "with_request",
    "with_event",
    "with_all",
];

/// The lines of a variant: its best turn, and the figures of the turns in reverse order.
macro_rules! key {
    ($server:literal, $kind:literal, $variant:literal, $words:literal) => {
        [
            Line::new(
                concat!($server, ": ", $words),
                (concat!($kind, " ", $variant), "rows_per_s"),
                RowsPerSecond,
            )
            .beside(concat!($kind, " base"), "rows_per_s"),
            Line::new(
                concat!($server, ": ", $words, ", last to first / first to last"),
                (concat!($kind, " ", $variant), "back"),
                RowsPerSecond,
            )
            .beside(concat!($kind, " ", $variant), "forth"),
        ]
    };
}

/// All lines of a server.
macro_rules! server {
    ($server:literal, $kind:literal) => {
        [
            key!($server, $kind, "base", "the table as it is made"),
            key!($server, $kind, "without_cursor", "without the cursor"),
            key!(
                $server,
                $kind,
                "without_correlation",
                "without the correlation"
            ),
            key!($server, $kind, "without_history", "without the history"),
            key!($server, $kind, "with_actor", "with the actor"),
            key!($server, $kind, "with_action", "with the action"),
            key!($server, $kind, "with_request", "with the request"),
            key!($server, $kind, "with_event", "with the event"),
            key!($server, $kind, "with_all", "with all four"),
        ]
        .concat()
    };
}

/// Runs each variant on a new server, which is removed afterwards. Every other round goes through them in reverse order: an
/// effect of one variant on the next would then show.
pub(crate) fn run(options: Options) -> Result<usize, BenchError> {
    let binary = cargo::binary("behavior-trace-benches", "indexes")?;
    let folder =
        tempfile::tempdir().map_err(|error| BenchError::source("the temporary folder", error))?;
    open_to_servers(folder.path())?;
    let folder = folder.path().display().to_string();
    let kinds = options.wanted.kinds;
    let mut samples = Samples::default();
    // At least two, because the reverse order needs a second round.
    for round in 0..options.rounds.max(2) {
        for at in 0..VARIANTS.len() {
            let (turn, at) = if round % 2 == 0 {
                ("forth", at)
            } else {
                ("back", VARIANTS.len() - 1 - at)
            };
            for kind in kinds {
                let server = start(*kind)?;
                if round == 0 && at == 0 {
                    println!("{kind}: {}", server.version());
                }
                let url = server.database("bench")?;
                let words = [VARIANTS[at], &url, &folder, ROWS];
                let mut seen = figures(&cargo::output_of(&binary, &words)?);
                let rates: Vec<_> = seen
                    .iter()
                    .map(|(_, rate)| (turn.to_owned(), *rate))
                    .collect();
                seen.extend(rates);
                samples.add(&format!("{} {}", kind.name(), VARIANTS[at]), seen);
            }
        }
    }
    let lines: Vec<Line> = kinds.iter().flat_map(|kind| lines(*kind)).collect();
    tell("indexes", &Report::of(&lines, &samples)?)
}

/// Starts a server whose buffer pool holds a third of the table. Commits do not wait for the disk, which would hide the
/// keys. The server may write 2000 pages a second while it is idle; otherwise each variant would wait half a minute. Keys
/// have some free space, as rows in random order leave them.
fn start(kind: Kind) -> Result<Server, BenchError> {
    let server = Server::builder(kind)
        .arg("--innodb-buffer-pool-size=128M")
        .arg("--innodb-fill-factor=85")
        .arg("--innodb-io-capacity=2000")
        .arg("--innodb-io-capacity-max=4000")
        .start()?;
    server.sql("GRANT FILE ON *.* TO 'trace'@'%'; GRANT FILE ON *.* TO 'trace'@'localhost'")?;
    Ok(server)
}

fn lines(kind: Kind) -> Vec<Line> {
    match kind {
        Kind::MariaDb => server!("MariaDB", "mariadb"),
        Kind::MySql => server!("MySQL", "mysql"),
    }
}
