//! `retention beside URL FOLDER ROWS ROUNDS [REST]` and `retention drop URL FOLDER ROWS` fill a table with ROWS old rows
//! through FOLDER, and remove them beside an active writer. They print the duration of the writer's batches: in each of the
//! ROUNDS without retention, beside deleting and beside archiving, or while a partition with all of the rows is dropped.
//! REST is the pause of retention, in place of its default. `retention hourly PLAIN_URL HOURLY_URL FOLDER ROUNDS` removes
//! rows from a plain table and from one with two thousand partitions, in turn.

#[path = "retention/beside.rs"]
mod beside;
#[path = "retention/hourly.rs"]
mod hourly;
#[path = "retention/live.rs"]
mod live;
#[path = "retention/partition.rs"]
mod partition;
#[path = "retention/redo.rs"]
mod redo;

use std::env;
use std::error::Error;
use std::path::Path;
use std::time::Duration;

use behavior_trace::Timestamp;
use behavior_trace_benches::rows::Rows;
use behavior_trace_benches::table;

const DAY: Duration = Duration::from_hours(24);
/// The age of the oldest row, and the age from which rows are removed. The rows are from 90 to 60 days old.
const OLDEST: Duration = Duration::from_hours(90 * 24);
const KEEP: Duration = Duration::from_hours(45 * 24);
const SEED: u64 = 90;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["beside", url, folder, rows, rounds, rest @ ..] if rest.len() < 2 => {
            let rest = rest.first().map(|rest| rest.parse()).transpose()?;
            beside::run(url, Path::new(folder), rows.parse()?, rounds.parse()?, rest)
        }
        ["drop", url, folder, rows] => partition::run(url, Path::new(folder), rows.parse()?),
        ["hourly", plain, hourly, folder, rounds] => {
            hourly::run(plain, hourly, Path::new(folder), rounds.parse()?)
        }
        _ => Err("usage: retention beside URL FOLDER ROWS ROUNDS [REST], retention drop URL FOLDER ROWS, \
                  or retention hourly PLAIN_URL HOURLY_URL FOLDER ROUNDS"
            .into()),
    }
}

/// Loads old rows into the table of the migrations.
async fn fill(url: &str, folder: &Path, rows: u64) -> Result<(), Box<dyn Error>> {
    let rows = Rows::new(SEED, rows, ago(OLDEST), 30 * DAY);
    table::fill(url, folder, rows).await
}

fn ago(span: Duration) -> Timestamp {
    let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(Timestamp::now().as_micros() - micros)
}

/// Creates a runtime on one thread.
fn runtime() -> Result<tokio::runtime::Runtime, std::io::Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}
