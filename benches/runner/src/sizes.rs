//! Bytes of a table: rows, keys, partitions, and what its rows write to the servers' logs.
//!
//! The server draws the rows itself, in statements of a thousand, as the recorder's are. They are those of `write_path`.

use std::fs;
use std::path::Path;
use std::time::Instant;

use behavior_trace_servers::{Kind, Server};

use crate::error::BenchError;
use crate::options::Options;

const DATABASE: &str = "bench";
const TABLE: &str = "operational_activity";
/// Rows of a statement.
const STATEMENT: u64 = 1000;
/// Rows in a partition: an hour of them.
const EACH: u64 = 600_000;
const TABLE_OF_THE_MIGRATIONS: &str =
    include_str!("../../../migrations/mysql/0001_operational_activity.sql");
const FILL: &str = include_str!("sizes/fill.sql");

/// Layout of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Plain,
    Hourly,
}

impl Layout {
    const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Hourly => "partitioned",
        }
    }
}

/// Sizes of one table, in bytes.
#[derive(Debug, Default)]
struct Sizes {
    /// The rows, which are in the primary key.
    rows: u64,
    /// The other keys.
    keys: Vec<(String, u64)>,
    /// The table's files, of which a partitioned table has one for each partition.
    files: Vec<u64>,
    /// Written to the redo log while the rows came in.
    redo: u64,
    /// Written to the binary log meanwhile, if the server has one.
    binary_log: Option<u64>,
}

/// Runs the measurement. It has no target: it is for those who plan a server.
pub(crate) fn run(options: Options) -> Result<usize, BenchError> {
    let rows = options.wanted.rows;
    for kind in options.wanted.kinds {
        for layout in [Layout::Plain, Layout::Hourly] {
            let sizes = measure(*kind, layout, rows)?;
            print!("{}", told(*kind, layout, rows, &sizes));
        }
    }
    Ok(0)
}

fn measure(kind: Kind, layout: Layout, rows: u64) -> Result<Sizes, BenchError> {
    // A new server for each table, with the settings of its own that decide what is written.
    let server = Server::builder(kind)
        .durable()
        .arg("--innodb-buffer-pool-size=1G")
        .start()?;
    println!("{kind} {}: {}", layout.name(), server.version());
    server.database(DATABASE)?;
    let partitions = match layout {
        Layout::Plain => String::new(),
        Layout::Hourly => partitioned(rows),
    };
    server.sql(&format!(
        "USE {DATABASE};\n{TABLE_OF_THE_MIGRATIONS};\n{partitions}\n{FILL}"
    ))?;
    let (redo_before, logged_before) = (redo(&server)?, binary_log(&server)?);
    let begun = Instant::now();
    server.sql(&format!("CALL {DATABASE}.fill({})", rows / STATEMENT))?;
    println!(
        "{kind} {}: filled in {} s",
        layout.name(),
        begun.elapsed().as_secs()
    );
    let mut sizes = Sizes {
        redo: redo(&server)? - redo_before,
        binary_log: binary_log(&server)?
            .zip(logged_before)
            .map(|(now, then)| now - then),
        ..Sizes::default()
    };
    server.sql(&format!("ANALYZE TABLE {DATABASE}.{TABLE}"))?;
    for (name, bytes) in indexes(&server)? {
        if name == "PRIMARY" {
            sizes.rows += bytes;
        } else {
            sizes.keys.push((name, bytes));
        }
    }
    sizes.files = files(&server.data_dir()?.join(DATABASE))?;
    Ok(sizes)
}

/// Returns the statement that partitions the table by the hour, as `Partitions::hourly` does.
fn partitioned(rows: u64) -> String {
    let hours = rows.div_ceil(EACH);
    let each = (1..=hours).map(|hour| {
        let (day, hour) = (1 + hour / 24, hour % 24);
        format!(
            "PARTITION before_202611{day:02}{hour:02} VALUES LESS THAN ('2026-11-{day:02} {hour:02}:00:00'), "
        )
    });
    format!(
        "ALTER TABLE {TABLE} DROP PRIMARY KEY, ADD PRIMARY KEY (id, occurred_at), ROW_FORMAT=DYNAMIC \
         PARTITION BY RANGE COLUMNS (occurred_at) ({}PARTITION future VALUES LESS THAN (MAXVALUE));",
        each.collect::<String>()
    )
}

/// Returns the bytes of the pages of each key, over all partitions.
fn indexes(server: &Server) -> Result<Vec<(String, u64)>, BenchError> {
    let text = server.sql(&format!(
        "SELECT index_name, CAST(SUM(stat_value) * @@innodb_page_size AS UNSIGNED) FROM mysql.innodb_index_stats \
         WHERE database_name = '{DATABASE}' AND table_name LIKE '{TABLE}%' AND table_name NOT LIKE '%archive%' \
         AND stat_name = 'size' GROUP BY index_name ORDER BY index_name"
    ))?;
    let lines = text.lines().filter_map(|line| line.split_once('\t'));
    Ok(lines
        .filter_map(|(name, bytes)| Some((name.to_owned(), bytes.trim().parse().ok()?)))
        .collect())
}

fn redo(server: &Server) -> Result<u64, BenchError> {
    let text = server.sql("SHOW GLOBAL STATUS LIKE 'Innodb_os_log_written'")?;
    number(&text, "Innodb_os_log_written")
}

/// Returns the bytes of the binary log; `None` without one.
fn binary_log(server: &Server) -> Result<Option<u64>, BenchError> {
    if server.sql("SELECT @@log_bin")?.trim() != "1" {
        return Ok(None);
    }
    let text = server.sql("SHOW BINARY LOGS")?;
    let sizes = text.lines().filter_map(|line| line.split('\t').nth(1));
    Ok(Some(
        sizes
            .filter_map(|size| size.trim().parse::<u64>().ok())
            .sum(),
    ))
}

fn number(text: &str, name: &str) -> Result<u64, BenchError> {
    let value = text
        .split_whitespace()
        .nth(1)
        .and_then(|it| it.parse().ok());
    value.ok_or_else(|| BenchError::run(name, format!("is no number: {text}")))
}

/// Returns the sizes of the table's files.
fn files(folder: &Path) -> Result<Vec<u64>, BenchError> {
    let unreadable = |error| BenchError::source(folder.display().to_string(), error);
    let mut sizes = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_of_rows = path.extension().is_some_and(|end| end == "ibd");
        if is_of_rows && name.starts_with(TABLE) && !name.contains("archive") {
            sizes.push(entry.metadata().map_err(unreadable)?.len());
        }
    }
    sizes.sort_unstable();
    Ok(sizes)
}

/// Returns the lines for people: bytes of each row, and of the whole.
fn told(kind: Kind, layout: Layout, rows: u64, sizes: &Sizes) -> String {
    let layout = layout.name();
    let line = |what: &str, bytes: u64| {
        // Fewer than 2^53 bytes are exact.
        #[expect(clippy::cast_precision_loss, reason = "fewer than 2^53")]
        let (bytes, rows) = (bytes as f64, rows as f64);
        format!(
            "{kind} {layout}: {what}: {:.1} B a row, {:.3} GB\n",
            bytes / rows,
            bytes / 1e9
        )
    };
    let mut text = line("rows", sizes.rows);
    for (name, bytes) in &sizes.keys {
        text += &line(name, *bytes);
    }
    text += &line("files", sizes.files.iter().sum());
    text += &line("redo log", sizes.redo);
    if let Some(bytes) = sizes.binary_log {
        text += &line("binary log", bytes);
    }
    let middle = sizes
        .files
        .get(sizes.files.len() / 2)
        .copied()
        .unwrap_or_default();
    text + &format!(
        "{kind} {layout}: {} files, the middle one {} MB\n",
        sizes.files.len(),
        middle / 1_000_000
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_partition_for_each_hour_of_rows() {
        let text = partitioned(25 * EACH);
        assert_eq!(text.matches("VALUES LESS THAN ('").count(), 25);
        assert!(
            text.contains("before_2026110201 VALUES LESS THAN ('2026-11-02 01:00:00')"),
            "{text}"
        );
    }

    #[test]
    fn sizes_are_told_for_a_row_and_for_the_whole() {
        let sizes = Sizes {
            rows: 2_000_000_000,
            keys: vec![("history".to_owned(), 500_000_000)],
            files: vec![40_000_000, 60_000_000, 2_400_000_000],
            redo: 5_000_000_000,
            binary_log: None,
        };
        let text = told(Kind::MySql, Layout::Plain, 10_000_000, &sizes);
        assert!(text.contains("rows: 200.0 B a row, 2.000 GB"), "{text}");
        assert!(text.contains("history: 50.0 B a row, 0.500 GB"), "{text}");
        assert!(text.contains("redo log: 500.0 B a row"), "{text}");
        assert!(text.contains("3 files, the middle one 60 MB"), "{text}");
        assert!(!text.contains("binary log"), "{text}");
    }
}
