//! `indexes URL FOLDER ROWS` prints what each key of the table costs the rows that come in: rows per second into a table of
//! ROWS rows, as it is made, without one of its keys, or with one more.

use std::env;
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use behavior_trace::config::DatabaseUrl;
use behavior_trace::schema::{ExtraIndex, Migrations};
use behavior_trace_benches::rows::{BEGUN, Rows, YEAR_AND_MORE};
use behavior_trace_benches::table;
use sqlx::{Connection as _, MySqlConnection, query_as};

/// Every variant once a round.
const ROUNDS: u64 = 2;
/// Rows that come in for one figure, and in one statement, as a writer sends them.
const ADDED: u64 = 40_000;
const PIECE: u64 = 1_000;
/// Changed pages that are still to be written and do not matter, and how long the others are waited for.
const FEW: u64 = 200;
const LONGEST: Duration = Duration::from_secs(30);

/// What stands between the table as it is made and the one that is measured.
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
    let [url, folder, rows] = words.as_slice() else {
        return Err("usage: indexes URL FOLDER ROWS".into());
    };
    let (folder, rows): (_, u64) = (Path::new(folder), rows.parse()?);
    let migrations = Migrations::new(&url.parse::<DatabaseUrl>()?);
    migrations.run().await?;
    table::fill(url, folder, Rows::new(0, rows, BEGUN, YEAR_AND_MORE)).await?;

    let mut connection = MySqlConnection::connect(url).await?;
    let mut best = [0.0_f64; VARIANTS.len()];
    for round in 0..ROUNDS {
        for (at, (name, change)) in VARIANTS.iter().enumerate() {
            let seed = 1 + round * 100 + u64::try_from(at)?;
            let rate = rate(&mut connection, &migrations, *change, folder, seed).await?;
            eprintln!("  {name}: {rate:.0} rows/s");
            best[at] = best[at].max(rate);
        }
    }
    for ((name, _), rate) in VARIANTS.iter().zip(best) {
        println!("{name} {rate}");
    }
    Ok(())
}

/// Changes the keys, measures, and changes them back.
async fn rate(
    connection: &mut MySqlConnection,
    migrations: &Migrations,
    change: Change,
    folder: &Path,
    seed: u64,
) -> Result<f64, Box<dyn Error>> {
    let made = table::keys(connection).await?;
    let without: Vec<_> = made
        .iter()
        .filter(|key| matches!(change, Change::Without(name) if key.name == name))
        .cloned()
        .collect();
    table::drop_keys(connection, &without).await?;
    if let Change::With(extra) = change {
        for index in extra {
            migrations.add_index(*index).await?;
        }
    }
    // An index that was just made has driven the pages of the others out of the server's memory, and some rows bring back
    // what rows need.
    load(connection, folder, seed + 50).await?;
    calm(connection).await?;
    let begun = Instant::now();
    load(connection, folder, seed).await?;
    let taken = begun.elapsed();
    let more: Vec<_> = table::keys(connection)
        .await?
        .into_iter()
        .filter(|key| !made.contains(key))
        .collect();
    table::drop_keys(connection, &more).await?;
    table::add_keys(connection, &without).await?;
    // A small number of rows.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let rows = ADDED as f64;
    Ok(rows / taken.as_secs_f64())
}

/// They come at the end of time, as a service's rows do.
async fn load(
    connection: &mut MySqlConnection,
    folder: &Path,
    seed: u64,
) -> Result<(), Box<dyn Error>> {
    let now = behavior_trace::Timestamp::now();
    let rows = Rows::new(seed, ADDED, now, Duration::from_hours(1));
    table::load(connection, folder, rows, PIECE).await
}

/// Waits until the server has written what it still had to of the rows before: it would be charged to those that come now.
async fn calm(connection: &mut MySqlConnection) -> Result<(), Box<dyn Error>> {
    let asked = "SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'";
    let begun = Instant::now();
    while begun.elapsed() < LONGEST {
        let (_, dirty): (String, String) = query_as(asked).fetch_one(&mut *connection).await?;
        if dirty.parse::<u64>()? < FEW {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}
