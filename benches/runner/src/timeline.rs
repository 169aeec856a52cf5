//! Time until a page of the timeline over millions of rows is there, and its bytes.

use behavior_trace_servers::{Kind, ServerBuilder};

use crate::cargo;
use crate::error::BenchError;
use crate::filled::{self, DATABASE};
use crate::line::Line;
use crate::line::Target::AtMost;
use crate::line::Unit::{Bytes, Milliseconds};
use crate::options::Options;
use crate::report::{Report, tell};
use crate::rounds::{figures, interleaved};

const READS: &str = "300";
/// Reads of the pages for which each row of a week is looked at.
const READS_WITHOUT_INDEX: &str = "40";
const QUESTIONS: [&str; 9] = [
    "first", "before", "history", "story", "actor", "action", "event", "address", "nothing",
];

/// Time of a page that an index finds, in milliseconds.
const BY_INDEX: f64 = 50.0;
/// Time of a page for which each row of a week is looked at: the limit of the timeline, after which it gives up.
const BY_TIME: f64 = 5_000.0;

/// The lines of a page: the middle and the slowest time.
macro_rules! page {
    ($server:literal, $variant:literal, $name:literal, $words:literal) => {
        page!($server, $variant, $name, $words, BY_INDEX)
    };
    ($server:literal, $variant:literal, $name:literal, $words:literal, $most:ident) => {
        [
            Line::new(
                concat!($server, ": ", $words, ", p50"),
                (concat!($variant, " ", $name), "ms_p50"),
                Milliseconds,
            )
            .target(AtMost($most)),
            Line::new(
                concat!($server, ": ", $words, ", slowest"),
                (concat!($variant, " ", $name), "ms_worst"),
                Milliseconds,
            ),
        ]
    };
}

/// All lines of a server.
macro_rules! server {
    ($server:literal, $variant:literal) => {
        [
            page!($server, $variant, "first", "first page").as_slice(),
            &page!($server, $variant, "before", "page before a time"),
            &page!($server, $variant, "history", "history of a resource"),
            &page!($server, $variant, "story", "story of a correlation"),
            &page!($server, $variant, "actor", "an actor, 30 days"),
            &page!($server, $variant, "action", "an action, one week"),
            &page!($server, $variant, "event", "one event"),
            &page!(
                $server,
                $variant,
                "address",
                "an address, one week, without an index",
                BY_TIME
            ),
            &page!(
                $server,
                $variant,
                "nothing",
                "a request that no row has, one week, without an index",
                BY_TIME
            ),
            &[Line::new(
                concat!($server, ": HTML of the first page, 50 rows"),
                (concat!($variant, " first"), "html_bytes"),
                Bytes,
            )
            .target(AtMost(30.0 * 1024.0))],
        ]
        .concat()
    };
}

pub(crate) fn run(options: Options) -> Result<usize, BenchError> {
    let binary = cargo::binary("behavior-trace-benches", "timeline")?;
    let kinds = options.wanted.kinds;
    let mut servers = Vec::new();
    for kind in kinds {
        let server = filled::server(*kind, options.wanted.rows, reading)?;
        println!("{kind}: {}, {} rows", server.version(), options.wanted.rows);
        servers.push(server);
    }
    let ask = |variant: &str| {
        let (name, question) = variant.split_once(' ').unwrap_or_default();
        let of_that_name = servers.iter().find(|server| server.kind().name() == name);
        let url = of_that_name.map(|server| server.url(DATABASE));
        let reads = match question {
            "address" | "nothing" => READS_WITHOUT_INDEX,
            _ => READS,
        };
        let words = [question, &url.unwrap_or_default(), reads];
        let output = cargo::output_of(&binary, &words)?;
        eprintln!("{variant}: {}", output.trim().replace('\n', ", "));
        Ok(figures(&output))
    };
    let variants: Vec<String> = QUESTIONS
        .iter()
        .flat_map(|question| {
            kinds
                .iter()
                .map(move |kind| format!("{} {question}", kind.name()))
        })
        .collect();
    let names: Vec<&str> = variants.iter().map(String::as_str).collect();
    let samples = interleaved(&names, options.rounds, ask)?;
    for server in &servers {
        server.stop()?;
    }
    let lines: Vec<Line> = kinds.iter().flat_map(|kind| lines(*kind)).collect();
    tell("timeline", &Report::of(&lines, &samples)?)
}

fn lines(kind: Kind) -> Vec<Line> {
    match kind {
        Kind::MariaDb => server!("MariaDB", "mariadb"),
        Kind::MySql => server!("MySQL", "mysql"),
    }
}

/// Configures a buffer pool of a seventh of ten million rows.
fn reading(server: ServerBuilder) -> ServerBuilder {
    server.arg("--innodb-buffer-pool-size=1G")
}
