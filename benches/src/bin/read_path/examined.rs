//! The rows that the server read, by key, from its own counters and not estimated.

use std::collections::BTreeMap;

use sqlx::{MySqlConnection, query_as};

/// Rows fetched so far by each key of the table; the empty name is the table itself.
pub(crate) type Fetched = BTreeMap<String, u64>;

pub(crate) async fn so_far(connection: &mut MySqlConnection) -> Result<Fetched, sqlx::Error> {
    let text = "SELECT CAST(COALESCE(index_name, '') AS CHAR), CAST(count_fetch AS UNSIGNED) \
         FROM performance_schema.table_io_waits_summary_by_index_usage \
         WHERE object_schema = DATABASE() AND object_name = 'operational_activity'";
    let rows: Vec<(String, u64)> = query_as(text).fetch_all(connection).await?;
    Ok(rows.into_iter().collect())
}

/// Prints for each read the rows fetched by the intended key, and those by any other.
pub(crate) fn print(before: &Fetched, after: &Fetched, index: &str, reads: usize) {
    let (mut by_index, mut otherwise) = (0, 0);
    for (name, rows) in after {
        let rows = rows - before.get(name).unwrap_or(&0);
        if name == index {
            by_index += rows;
        } else {
            otherwise += rows;
            if rows > 0 {
                eprintln!("  {rows} rows by `{name}` in {reads} reads");
            }
        }
    }
    // The counts come from a short run.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let each = |rows: u64| rows as f64 / reads as f64;
    println!("rows_by_index {}", each(by_index));
    println!("rows_otherwise {}", each(otherwise));
}
