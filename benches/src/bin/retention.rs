//! `retention HOW URL FOLDER ROWS` takes ROWS old rows out of a table, which it fills first by way of FOLDER, while a writer is
//! at work, and prints how long the writer's batches took before and meanwhile.

use std::env;
use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use behavior_trace::config::{DatabaseUrl, Overflow};
use behavior_trace::retention::{Partitions, Retention};
use behavior_trace::schema::Migrations;
use behavior_trace::{BehaviorTrace, Timestamp};
use behavior_trace_benches::rows::Rows;
use behavior_trace_benches::spread;
use behavior_trace_benches::stories::Stories;
use behavior_trace_benches::table;
use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection, raw_sql};
use tracing_subscriber::prelude::*;

const DAY: Duration = Duration::from_hours(24);
/// The rows are from 90 to 60 days old, and what is older than that goes.
const OLDEST: Duration = Duration::from_hours(90 * 24);
const KEEP: Duration = Duration::from_hours(45 * 24);
/// How long the writer is watched alone: for as many batches as a steady p99 takes, but not for ever.
const ALONE: usize = 1000;
const LONGEST: Duration = Duration::from_secs(90);
/// Stories of four events in a batch, and what passes between two batches: about 4000 events a second.
const STORIES: usize = 50;
const PACE: Duration = Duration::from_millis(50);
const DEADLINE: Duration = Duration::from_mins(1);
const SEED: u64 = 90;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [how, url, folder, rows] = words.as_slice() else {
        return Err("usage: retention delete|archive|drop URL FOLDER ROWS".into());
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let rows: u64 = rows.parse()?;
    runtime.block_on(fill(url, Path::new(folder), rows, how == "drop"))?;

    let trace = BehaviorTrace::builder()
        .database_url(url)
        .overflow(Overflow::Wait(DEADLINE))
        .build()?;
    tracing_subscriber::registry().with(trace.layer()).init();
    let mut stories = Stories::new();
    let begun = Instant::now();
    let alone = batches(&trace, &mut stories, |done| {
        done >= ALONE || begun.elapsed() >= LONGEST
    })?;

    let over = AtomicBool::new(false);
    let of_url: DatabaseUrl = url.parse()?;
    let (meanwhile, taken) = thread::scope(|scope| {
        let taking = scope.spawn(|| {
            let begun = Instant::now();
            let taken = runtime
                .block_on(take(how, &of_url, rows))
                .map_err(|error| error.to_string());
            over.store(true, Ordering::Relaxed);
            taken.map(|()| begun.elapsed())
        });
        let meanwhile = batches(&trace, &mut stories, |_| over.load(Ordering::Relaxed));
        let taken = taking.join().map_err(|_| "retention panicked".to_owned());
        taken.flatten().map(|taken| (meanwhile, taken))
    })?;
    spread::print("alone_", alone);
    spread::print("meanwhile_", meanwhile?);
    println!("taken_ms {}", taken.as_secs_f64() * 1e3);
    // A count of a short run.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let rate = rows as f64 / taken.as_secs_f64();
    println!("rows_per_s {rate}");
    let report = trace.shutdown_blocking(DEADLINE);
    if report.is_complete() {
        Ok(())
    } else {
        Err(format!("live events were lost: {report}").into())
    }
}

async fn fill(
    url: &str,
    folder: &Path,
    rows: u64,
    in_partitions: bool,
) -> Result<(), Box<dyn Error>> {
    Migrations::new(&url.parse::<DatabaseUrl>()?).run().await?;
    if in_partitions {
        // As it would stand had the layout been adopted in time: one partition for what is old.
        let layout = format!(
            "ALTER TABLE operational_activity DROP PRIMARY KEY, ADD PRIMARY KEY (id, occurred_at) \
             PARTITION BY RANGE COLUMNS (occurred_at) (PARTITION before_keep VALUES LESS THAN ('{}'), \
             PARTITION future VALUES LESS THAN (MAXVALUE))",
            &ago(KEEP + DAY).to_string()[..19]
        );
        let mut connection = MySqlConnection::connect(url).await?;
        raw_sql(AssertSqlSafe(layout))
            .execute(&mut connection)
            .await?;
    }
    let rows = Rows::new(SEED, rows, ago(OLDEST), 30 * DAY);
    // No wait for calm after it: the redo log stays as full as it is under a writer that has been at work for long.
    table::fill(url, folder, rows).await
}

fn ago(span: Duration) -> Timestamp {
    let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(Timestamp::now().as_micros() - micros)
}

/// How long each batch took, from the flush to the last row stored.
fn batches(
    trace: &BehaviorTrace,
    stories: &mut Stories,
    is_over: impl Fn(usize) -> bool,
) -> Result<Vec<Duration>, Box<dyn Error>> {
    let mut taken = Vec::new();
    while !is_over(taken.len()) {
        for _ in 0..STORIES {
            stories.tell().record();
        }
        let begun = Instant::now();
        let report = trace.flush_blocking(DEADLINE);
        taken.push(begun.elapsed());
        if !report.is_complete() {
            return Err(format!("a batch was not stored: {report}").into());
        }
        thread::sleep(PACE);
    }
    Ok(taken)
}

async fn take(how: &str, url: &DatabaseUrl, rows: u64) -> Result<(), Box<dyn Error>> {
    let report = match how {
        "delete" => Retention::delete(url, KEEP).run(|_| ()).await?,
        "archive" => Retention::archive(url, KEEP).run(|_| ()).await?,
        "drop" => {
            let dropped = Partitions::daily(url).drop_old(KEEP).await?;
            return match dropped.as_slice() {
                [_] => Ok(()),
                other => Err(format!("not one partition was dropped: {other:?}").into()),
            };
        }
        other => return Err(format!("there is no way `{other}`").into()),
    };
    if report.rows == rows {
        Ok(())
    } else {
        Err(format!("{} of {rows} rows went", report.rows).into())
    }
}
