//! The table on a server: filled as fast as the server takes rows, and what keys it has.

use std::error::Error;
use std::fs;
use std::io::BufWriter;
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;

use sqlx::{AssertSqlSafe, Connection as _, MySqlConnection, query_as, query_scalar, raw_sql};

use crate::rows::{COLUMNS, Rows};

/// Rows in a file: about 100 MB.
const PIECE: u64 = 250_000;

/// A key beside the primary one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// As the server calls it.
    pub name: String,
    unique: bool,
    columns: String,
}

impl Key {
    fn added(&self) -> String {
        let unique = if self.unique { "UNIQUE " } else { "" };
        format!("ADD {unique}KEY {} ({})", self.name, self.columns)
    }

    fn dropped(&self) -> String {
        format!("DROP KEY {}", self.name)
    }
}

/// The keys of the table beside the primary one.
pub async fn keys(connection: &mut MySqlConnection) -> Result<Vec<Key>, sqlx::Error> {
    let text = "SELECT CAST(index_name AS CHAR), MAX(non_unique) = 0, \
         CAST(GROUP_CONCAT(column_name ORDER BY seq_in_index) AS CHAR) FROM information_schema.statistics \
         WHERE table_schema = DATABASE() AND table_name = 'operational_activity' AND index_name <> 'PRIMARY' \
         GROUP BY index_name";
    let rows: Vec<(String, bool, String)> = query_as(text).fetch_all(connection).await?;
    let key = |(name, unique, columns)| Key {
        name,
        unique,
        columns,
    };
    Ok(rows.into_iter().map(key).collect())
}

/// Takes these keys from the table.
pub async fn drop_keys(connection: &mut MySqlConnection, keys: &[Key]) -> Result<(), sqlx::Error> {
    alter(connection, keys.iter().map(Key::dropped)).await
}

/// Gives the table these keys.
pub async fn add_keys(connection: &mut MySqlConnection, keys: &[Key]) -> Result<(), sqlx::Error> {
    alter(connection, keys.iter().map(Key::added)).await
}

async fn alter(
    connection: &mut MySqlConnection,
    changes: impl Iterator<Item = String>,
) -> Result<(), sqlx::Error> {
    let changes: Vec<_> = changes.collect();
    if changes.is_empty() {
        return Ok(());
    }
    // Names as the server gave them.
    let text = format!("ALTER TABLE operational_activity {}", changes.join(", "));
    connection_run(connection, text).await
}

async fn connection_run(connection: &mut MySqlConnection, text: String) -> Result<(), sqlx::Error> {
    raw_sql(AssertSqlSafe(text)).execute(connection).await?;
    Ok(())
}

/// Brings all rows into the empty table by way of files in a folder that the server reads. Its keys are taken away first
/// and made at the end, all in one go and sorted, since a row costs a page in each of them otherwise.
pub async fn fill(url: &str, folder: &Path, rows: Rows) -> Result<(), Box<dyn Error>> {
    let mut connection = MySqlConnection::connect(url).await?;
    let keys = keys(&mut connection).await?;
    drop_keys(&mut connection, &keys).await?;
    load(&mut connection, folder, rows, PIECE).await?;
    eprintln!("  the keys");
    add_keys(&mut connection, &keys).await?;
    connection_run(
        &mut connection,
        "ANALYZE TABLE operational_activity".to_owned(),
    )
    .await?;
    Ok(())
}

/// Brings all rows into the table as it is, in pieces. One file is written while the one before is read.
pub async fn load(
    connection: &mut MySqlConnection,
    folder: &Path,
    mut rows: Rows,
    piece: u64,
) -> Result<(), Box<dyn Error>> {
    let all = rows.left();
    let (written, ready) = sync_channel(1);
    let folder = folder.to_owned();
    let writing = thread::spawn(move || {
        for number in 0_u64.. {
            let left = rows.left();
            if left == 0 {
                break;
            }
            let path = folder.join(format!("rows-{}-{number}.tsv", std::process::id()));
            let mut file = BufWriter::new(fs::File::create(&path)?);
            rows.write(piece, &mut file)?;
            file.into_inner()
                .map_err(std::io::IntoInnerError::into_error)?;
            if written.send((path, rows.left())).is_err() {
                break;
            }
        }
        Ok::<_, std::io::Error>(())
    });
    for (path, left) in ready {
        // The path is one of our own.
        let text = format!(
            "LOAD DATA INFILE '{}' INTO TABLE operational_activity CHARACTER SET utf8mb4 ({COLUMNS})",
            path.display()
        );
        let loaded = connection_run(connection, text).await;
        fs::remove_file(path)?;
        loaded?;
        if piece == PIECE {
            eprintln!("  {} of {all} rows", all - left);
        }
    }
    writing.join().map_err(|_| "the rows could not be made")??;
    Ok(())
}

/// The highest id.
pub async fn last_id(connection: &mut MySqlConnection) -> Result<u64, sqlx::Error> {
    query_scalar("SELECT CAST(COALESCE(MAX(id), 0) AS UNSIGNED) FROM operational_activity")
        .fetch_one(connection)
        .await
}
