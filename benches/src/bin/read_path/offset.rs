//! The alternative to a cursor: OFFSET, which reads all rows before the page.

use std::error::Error;
use std::time::Instant;

use behavior_trace_benches::rows::COLUMNS;
use behavior_trace_benches::table::last_id;
use sqlx::{AssertSqlSafe, Executor as _, MySqlConnection, raw_sql};

/// Depths in hundredths of the table. At 10 the server reads for a minute.
const DEPTHS: [u64; 1] = [1];

pub(crate) async fn ask(connection: &mut MySqlConnection) -> Result<(), Box<dyn Error>> {
    let last = last_id(connection).await?;
    for depth in DEPTHS {
        let text = format!(
            "SELECT id, {COLUMNS} FROM operational_activity ORDER BY occurred_at DESC, id DESC LIMIT 50 OFFSET {}",
            last * depth / 100
        );
        let begun = Instant::now();
        let rows = connection.fetch_all(raw_sql(AssertSqlSafe(text))).await?;
        if rows.len() != 50 {
            return Err("the table is too small for a page by OFFSET".into());
        }
        println!("ms_{depth} {}", begun.elapsed().as_secs_f64() * 1e3);
    }
    Ok(())
}
