//! Removal of a million rows at once, with their partition.

use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use behavior_trace::config::DatabaseUrl;
use behavior_trace::retention::Partitions;
use behavior_trace::schema::Migrations;
use behavior_trace_benches::spread;
use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection, raw_sql};

use crate::live::ActiveLayer;
use crate::{DAY, KEEP, ago, fill, runtime};

/// The time for which the writer runs before the removal.
const BEFORE: Duration = Duration::from_secs(10);

pub(crate) fn run(url: &str, folder: &Path, rows: u64) -> Result<(), Box<dyn Error>> {
    let runtime = runtime()?;
    runtime.block_on(lay_out(url))?;
    runtime.block_on(fill(url, folder, rows))?;
    let mut live = ActiveLayer::begin(url)?;
    let begun = Instant::now();
    live.batches(|| begun.elapsed() >= BEFORE)?;

    let partitions = Partitions::daily(&url.parse::<DatabaseUrl>()?);
    let over = AtomicBool::new(false);
    let (meanwhile, taken) = thread::scope(|scope| {
        let dropping = scope.spawn(|| {
            let begun = Instant::now();
            let dropped = runtime.block_on(partitions.drop_expired(KEEP));
            over.store(true, Ordering::Relaxed);
            dropped.map(|dropped| (dropped, begun.elapsed()))
        });
        let meanwhile = live.batches(|| over.load(Ordering::Relaxed));
        (meanwhile, dropping.join())
    });
    let (dropped, taken) = taken.map_err(|_| "dropping panicked")??;
    let [_] = dropped.as_slice() else {
        return Err(format!("not one partition was dropped: {dropped:?}").into());
    };
    println!("taken_ms {}", taken.as_secs_f64() * 1e3);
    let meanwhile = meanwhile?.iter().map(|batch| batch.taken).collect();
    spread::print("meanwhile_", meanwhile);
    live.end()
}

/// Creates the layout as if partitions had been set up in time: one partition for the old rows.
async fn lay_out(url: &str) -> Result<(), Box<dyn Error>> {
    Migrations::new(&url.parse::<DatabaseUrl>()?).run().await?;
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
    Ok(())
}
