//! `takeover URL FOLDER ROWS` fills a table of the PHP package's first release with ROWS rows through FOLDER, and takes it
//! over beside a writer that stores row by row, as PHP does. It prints the duration of the writer's statements: alone, while
//! the unique key is added, and while the rest is done; and the durations of both steps.

use std::env;
use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use behavior_trace::Timestamp;
use behavior_trace::config::DatabaseUrl;
use behavior_trace::schema::Migrations;
use behavior_trace_benches::rows::Rows;
use behavior_trace_benches::{spread, table};
use sqlx::{Connection as _, Executor as _, MySqlConnection, raw_sql};
use tokio::runtime::Runtime;

const TABLE: &str = include_str!("../../../tests/php/schema/g1.sql");
/// Share of rows with hard values: of each fifty, one has no payload, and one an actor's id beyond `i64`.
const AS_PHP: &str = "UPDATE operational_activity SET payload = IF(id % 50 = 0, NULL, payload), \
     actor_id = IF(id % 50 = 1, 18446744073709551615, actor_id) WHERE id % 50 < 2";
const LIVE: &str = "INSERT INTO operational_activity (event_id, occurred_at, actor_type, action, resource, payload) \
     VALUES (UUID(), UTC_TIMESTAMP(6), 'USER', 'update', 'user', '{}')";

const SEED: u64 = 22;
const MONTH: Duration = Duration::from_hours(30 * 24);
/// Time for which the writer runs alone, and the pause between two of its statements.
const ALONE: Duration = Duration::from_secs(10);
const PACE: Duration = Duration::from_millis(2);

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let [url, folder, rows] = words.as_slice() else {
        return Err("usage: takeover URL FOLDER ROWS".into());
    };
    let runtime = runtime()?;
    runtime.block_on(fill(url, Path::new(folder), rows.parse()?))?;
    let migrations = Migrations::new(&url.parse::<DatabaseUrl>()?);
    beside(url, "alone_", || {
        thread::sleep(ALONE);
        Ok(())
    })?;
    beside(url, "key_", || {
        Ok(runtime.block_on(migrations.run()).map(drop)?)
    })?;
    beside(url, "rest_", || {
        Ok(runtime.block_on(migrations.finish_takeover()).map(drop)?)
    })?;
    if runtime.block_on(migrations.takeover())?.is_finished() {
        Ok(())
    } else {
        Err("the takeover is not finished".into())
    }
}

fn runtime() -> Result<Runtime, std::io::Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

async fn fill(url: &str, folder: &Path, rows: u64) -> Result<(), Box<dyn Error>> {
    let since = Timestamp::from_micros(Timestamp::now().as_micros() - micros(2 * MONTH));
    let mut connection = MySqlConnection::connect(url).await?;
    connection.execute(raw_sql(TABLE)).await?;
    table::load(
        &mut connection,
        folder,
        Rows::new(SEED, rows, since, MONTH),
        250_000,
    )
    .await?;
    connection.execute(raw_sql(AS_PHP)).await?;
    Ok(())
}

fn micros(span: Duration) -> i64 {
    i64::try_from(span.as_micros()).unwrap_or(i64::MAX)
}

/// Runs a step beside the writer, and prints the step's duration and those of the writer's statements.
fn beside(
    url: &str,
    name: &str,
    step: impl FnOnce() -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let over = AtomicBool::new(false);
    let (taken, statements) = thread::scope(|scope| {
        let writing = scope.spawn(|| write(url, &over).map_err(|error| error.to_string()));
        let begun = Instant::now();
        let done = step();
        let taken = begun.elapsed();
        over.store(true, Ordering::Relaxed);
        (done.map(|()| taken), writing.join())
    });
    let statements = statements.map_err(|_| "the writer panicked")??;
    println!("{name}taken_ms {}", taken?.as_secs_f64() * 1e3);
    spread::print(name, statements);
    Ok(())
}

/// Stores rows one by one until the step is over. Returns the durations.
fn write(url: &str, over: &AtomicBool) -> Result<Vec<Duration>, Box<dyn Error>> {
    let runtime = runtime()?;
    let mut connection = runtime.block_on(MySqlConnection::connect(url))?;
    let mut statements = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let begun = Instant::now();
        runtime.block_on(connection.execute(raw_sql(LIVE)))?;
        statements.push(begun.elapsed());
        thread::sleep(PACE);
    }
    Ok(statements)
}
