//! Removal of two thousand rows from two thousand hourly partitions, and from a table without partitions.

use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use behavior_trace::config::DatabaseUrl;
use behavior_trace::retention::Retention;
use behavior_trace::schema::Migrations;
use behavior_trace_benches::rows::Rows;
use behavior_trace_benches::table;
use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection, query_scalar, raw_sql};

use crate::{KEEP, OLDEST, SEED, ago, runtime};

const ROWS: u64 = 2_000;
const PARTITIONS: u32 = 2_000;
const HOUR: Duration = Duration::from_hours(1);
/// The time span of the rows: a hundred rows per hour, as in a table for which partitions are useful.
const SPAN: Duration = Duration::from_hours(20);

pub(crate) fn run(
    plain: &str,
    hourly: &str,
    folder: &Path,
    rounds: usize,
) -> Result<(), Box<dyn Error>> {
    let runtime = runtime()?;
    for url in [plain, hourly] {
        runtime.block_on(Migrations::new(&url.parse::<DatabaseUrl>()?).run())?;
    }
    runtime.block_on(lay_out(hourly))?;
    let rows = Rows::new(SEED, ROWS, ago(OLDEST), SPAN);
    runtime.block_on(table::fill(plain, folder, rows))?;
    let seed = runtime.block_on(set_aside(plain))?;
    let mut taken = [Vec::new(), Vec::new()];
    for round in 0..rounds {
        for place in [round % 2, (round + 1) % 2] {
            let url = [plain, hourly][place];
            runtime.block_on(refill(url, &seed))?;
            let retention = Retention::delete(&url.parse::<DatabaseUrl>()?, KEEP).pause_factor(0);
            let begun = Instant::now();
            runtime.block_on(retention.run(|_| ()))?;
            taken[place].push(begun.elapsed());
        }
    }
    for (name, mut taken) in ["plain", "hourly"].into_iter().zip(taken) {
        taken.sort_unstable();
        let middle = taken.get(taken.len() / 2).ok_or("give it a round")?;
        println!("{name}_ms {}", middle.as_secs_f64() * 1e3);
    }
    Ok(())
}

/// Moves the rows to a second table, and returns its name.
async fn set_aside(url: &str) -> Result<String, sqlx::Error> {
    let mut connection = MySqlConnection::connect(url).await?;
    let text =
        "CREATE TABLE seed AS SELECT * FROM operational_activity; DELETE FROM operational_activity";
    raw_sql(text).execute(&mut connection).await?;
    let database: String = query_scalar("SELECT DATABASE()")
        .fetch_one(&mut connection)
        .await?;
    Ok(format!("{database}.seed"))
}

async fn refill(url: &str, seed: &str) -> Result<(), sqlx::Error> {
    let mut connection = MySqlConnection::connect(url).await?;
    let text = format!("INSERT INTO operational_activity SELECT * FROM {seed}");
    raw_sql(AssertSqlSafe(text))
        .execute(&mut connection)
        .await?;
    Ok(())
}

/// Creates a partition for each hour, beginning with the oldest row.
async fn lay_out(url: &str) -> Result<(), Box<dyn Error>> {
    let partition = |number: u32| {
        let end = ago(OLDEST.saturating_sub(HOUR * (number + 1))).to_string();
        format!("PARTITION hour{number} VALUES LESS THAN ('{}')", &end[..19])
    };
    let partitions: Vec<String> = (0..PARTITIONS).map(partition).collect();
    let layout = format!(
        "ALTER TABLE operational_activity DROP PRIMARY KEY, ADD PRIMARY KEY (id, occurred_at) \
         PARTITION BY RANGE COLUMNS (occurred_at) ({}, PARTITION future VALUES LESS THAN (MAXVALUE))",
        partitions.join(", ")
    );
    let mut connection = MySqlConnection::connect(url).await?;
    raw_sql(AssertSqlSafe(layout))
        .execute(&mut connection)
        .await?;
    Ok(())
}
