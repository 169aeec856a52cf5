//! `import URL FOLDER ROWS` fills an old table with ROWS rows through FOLDER, and brings them into the recorder's: by
//! `Import` at its default pace, by `Import` without pauses, and by one plain `INSERT … SELECT`. It prints the rows per second
//! of each, and the duration of the single inserts of a writer beside.

#[path = "import/old.rs"]
mod old;
#[path = "import/writer.rs"]
mod writer;

use std::env;
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use behavior_trace::Timestamp;
use behavior_trace::config::DatabaseUrl;
use behavior_trace::import::Import;
use behavior_trace::schema::Migrations;
use behavior_trace_benches::rows::Rows;
use behavior_trace_benches::{spread, table};
use sqlx::{Connection as _, MySqlConnection, query_scalar};
use tokio::runtime::Runtime;

use writer::Writer;

const SEED: u64 = 22;
const SPAN: Duration = Duration::from_hours(30 * 24);
/// Duration of the window without a copy.
const ALONE: Duration = Duration::from_mins(1);

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [url, folder, rows] => run(url, Path::new(folder), rows.parse()?),
        _ => Err("usage: import URL FOLDER ROWS".into()),
    }
}

fn run(url: &str, folder: &Path, rows: u64) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let of_url: DatabaseUrl = url.parse()?;
    let mut connection = runtime.block_on(MySqlConnection::connect(url))?;
    runtime.block_on(async {
        Migrations::new(&of_url).run().await?;
        let since = Timestamp::now().as_micros() - i64::try_from(SPAN.as_micros())?;
        let rows = Rows::new(SEED, rows, Timestamp::from_micros(since), SPAN);
        table::fill(url, folder, rows).await?;
        old::make(&mut connection).await
    })?;

    let writer = Writer::begin(url)?;
    std::thread::sleep(ALONE);
    spread::print("alone_", writer.end()?);

    for (what, factor) in [("paced_", None), ("fast_", Some(0))] {
        let mut import = Import::new(&of_url, &of_url).zone("UTC");
        if let Some(factor) = factor {
            import = import.pause_factor(factor);
        }
        measure(what, url, rows, &runtime, &mut connection, |_| {
            let import = import.clone();
            Box::pin(async move {
                let report = import.run(|_| ()).await?;
                if report.stored != rows {
                    return Err(format!("{report:?}").into());
                }
                Ok(())
            })
        })?;
    }
    // The last one, because the server writes its pages for a while after it.
    measure(
        "select_",
        url,
        rows,
        &runtime,
        &mut connection,
        |connection| Box::pin(old::copy(connection)),
    )?;
    Ok(())
}

type Work<'a> = std::pin::Pin<Box<dyn Future<Output = Result<(), Box<dyn Error>>> + 'a>>;

/// Empties the table, does the work beside a writer, and prints its rate and the writer's waits.
fn measure(
    what: &str,
    url: &str,
    rows: u64,
    runtime: &Runtime,
    connection: &mut MySqlConnection,
    work: impl for<'a> FnOnce(&'a mut MySqlConnection) -> Work<'a>,
) -> Result<(), Box<dyn Error>> {
    runtime.block_on(old::empty(connection))?;
    let writer = Writer::begin(url)?;
    let begun = Instant::now();
    runtime.block_on(work(connection))?;
    let taken = begun.elapsed();
    let waits = writer.end()?;
    let expected = rows + waits.len() as u64;
    let count = "SELECT CAST(COUNT(*) AS UNSIGNED) FROM operational_activity";
    let stored: u64 = runtime.block_on(query_scalar(count).fetch_one(connection))?;
    if stored != expected {
        return Err(format!("{what}: {stored} rows, and not {expected}").into());
    }
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let rate = rows as f64 / taken.as_secs_f64();
    eprintln!("  {what} {rows} rows in {taken:?}");
    println!("{what}rows_per_s {rate}");
    spread::print(what, waits);
    Ok(())
}
