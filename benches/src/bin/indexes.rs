//! `indexes VARIANT URL FOLDER ROWS` prints the rows inserted per second into a table of ROWS rows, which it fills first
//! through FOLDER. The variants are the table as created, without one of its keys, or with one more. Run each on a new
//! server.

use std::env;
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use behavior_trace::config::DatabaseUrl;
use behavior_trace::schema::{ExtraIndex, Migrations};
use behavior_trace_benches::rows::{BEGUN, Rows, YEAR_AND_MORE};
use behavior_trace_benches::table;
use sqlx::{Connection as _, MySqlConnection, query_as};

/// The number of measured rows, of rows inserted before the measurement, and of rows per statement, as a writer sends them.
const ADDED: u64 = 40_000;
const BEFORE: u64 = 20_000;
const PIECE: u64 = 1_000;
/// The number of unwritten pages that is accepted, a fourteenth of the server's memory, and the maximum time to wait for the
/// others. An idle MariaDB never writes the last ones.
const FEW: u64 = 600;
const LONGEST: Duration = Duration::from_secs(30);

/// The difference between the table as created and the measured one.
#[derive(Debug, Clone, Copy)]
enum Change {
    None,
    Without(&'static str),
    With(&'static [ExtraIndex]),
}

const VARIANTS: [(&str, Change); 9] = [
    ("base", Change::None),
    (
        "without_cursor",
        Change::Without("operational_activity_cursor"),
    ),
    (
        "without_correlation",
        Change::Without("operational_activity_correlation"),
    ),
    (
        "without_history",
        Change::Without("operational_activity_history"),
    ),
    ("with_actor", Change::With(&[ExtraIndex::Actor])),
    ("with_action", Change::With(&[ExtraIndex::Action])),
    ("with_request", Change::With(&[ExtraIndex::Request])),
    ("with_event", Change::With(&[ExtraIndex::Event])),
    (
        "with_all",
        Change::With(&[
            ExtraIndex::Actor,
            ExtraIndex::Action,
            ExtraIndex::Request,
            ExtraIndex::Event,
        ]),
    ),
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [variant, url, folder, rows] = words.as_slice() else {
        return Err("usage: indexes VARIANT URL FOLDER ROWS".into());
    };
    let Some((_, change)) = VARIANTS.iter().find(|(name, _)| name == variant) else {
        let known = VARIANTS.map(|(name, _)| name).join(", ");
        return Err(format!("there is no variant `{variant}`; there are {known}").into());
    };
    let (folder, rows): (_, u64) = (Path::new(folder), rows.parse()?);
    make(url, *change).await?;
    let begun = Instant::now();
    table::fill(url, folder, Rows::new(0, rows, BEGUN, YEAR_AND_MORE)).await?;
    let filled = begun.elapsed();

    let mut connection = MySqlConnection::connect(url).await?;
    // The server has new keys in memory in the order of their creation; some rows load the pages that rows need.
    load(&mut connection, folder, 1, BEFORE).await?;
    let dirty = calm(&mut connection).await?;
    let begun = Instant::now();
    load(&mut connection, folder, 2, ADDED).await?;
    let taken = begun.elapsed();
    // The number of rows is small.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let rate = ADDED as f64 / taken.as_secs_f64();
    eprintln!("  {variant}: {rate:.0} rows/s, filled in {filled:.1?}, {dirty} pages unwritten");
    println!("rows_per_s {rate}");
    Ok(())
}

/// Creates the table with the keys of the variant, and no rows.
async fn make(url: &str, change: Change) -> Result<(), Box<dyn Error>> {
    let migrations = Migrations::new(&url.parse::<DatabaseUrl>()?);
    migrations.run().await?;
    match change {
        Change::None => {}
        Change::Without(name) => {
            let mut connection = MySqlConnection::connect(url).await?;
            let mut keys = table::keys(&mut connection).await?;
            keys.retain(|key| key.name == name);
            let [_] = keys.as_slice() else {
                return Err(format!("the table has no key `{name}`").into());
            };
            table::drop_keys(&mut connection, &keys).await?;
        }
        Change::With(extra) => {
            for index in extra {
                migrations.add_index(*index).await?;
            }
        }
    }
    Ok(())
}

/// Inserts rows with the latest times, as a service does.
async fn load(
    connection: &mut MySqlConnection,
    folder: &Path,
    seed: u64,
    rows: u64,
) -> Result<(), Box<dyn Error>> {
    let now = behavior_trace::Timestamp::now();
    let rows = Rows::new(seed, rows, now, Duration::from_hours(1));
    table::load(connection, folder, rows, PIECE).await
}

/// Waits until the server has written the pages of the earlier rows: their cost would otherwise count for the following
/// ones. Returns the number of remaining pages.
async fn calm(connection: &mut MySqlConnection) -> Result<u64, Box<dyn Error>> {
    let asked = "SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'";
    let begun = Instant::now();
    loop {
        let (_, dirty): (String, String) = query_as(asked).fetch_one(&mut *connection).await?;
        let dirty = dirty.parse()?;
        if dirty < FEW || begun.elapsed() >= LONGEST {
            return Ok(dirty);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
