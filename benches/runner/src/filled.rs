//! Tables that are filled once and kept: millions of rows, identical in every run.

use std::path::Path;
use std::time::Instant;

use behavior_trace_servers::{Kind, Server, ServerBuilder};

use crate::cargo;
use crate::error::BenchError;

/// The database of the filled table.
pub(crate) const DATABASE: &str = "activity";
/// The database that marks a complete table: it is created last.
const MARK: &str = "filled";
/// Maximum number of rows: about 40 GB.
pub(crate) const MOST_ROWS: u64 = 100_000_000;

/// The arguments that select a table: `--store=` and `--rows=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) kinds: &'static [Kind],
    pub(crate) rows: u64,
}

impl Default for Wanted {
    fn default() -> Self {
        Self {
            kinds: &Kind::ALL,
            rows: 10_000_000,
        }
    }
}

impl Wanted {
    /// Consumes an argument if it is one of these, and returns whether it was.
    pub(crate) fn take(&mut self, word: &str) -> Result<bool, BenchError> {
        if let Some(store) = word.strip_prefix("--store=") {
            self.kinds = match store {
                "both" => &Kind::ALL,
                "mysql" => &[Kind::MySql],
                "mariadb" => &[Kind::MariaDb],
                _ => {
                    return Err(BenchError::usage(
                        "`--store=` takes mysql, mariadb or both, which is the default",
                    ));
                }
            };
        } else if let Some(rows) = word.strip_prefix("--rows=") {
            let rows = rows.replace('_', "").parse().ok();
            self.rows = rows
                .filter(|rows| (1_000..=MOST_ROWS).contains(rows))
                .ok_or_else(|| {
                    BenchError::usage(format!(
                        "`--rows=` takes a number from 1000 to {MOST_ROWS}; 10000000 is the default"
                    ))
                })?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }
}

/// Starts a server with the filled table, and fills it first if necessary. Call [`Server::stop`] at the end.
pub(crate) fn server(
    kind: Kind,
    rows: u64,
    set_up: impl Fn(ServerBuilder) -> ServerBuilder,
) -> Result<Server, BenchError> {
    let kept = || Server::builder(kind).kept(format!("rows-{rows}"));
    let server = set_up(kept()).start()?;
    if is_complete(&server)? {
        return Ok(server);
    }
    server.stop()?;
    drop(server);
    let filling = filling(kept()).start()?;
    fill(&filling, rows)?;
    filling.stop()?;
    drop(filling);
    Ok(set_up(kept()).start()?)
}

fn is_complete(server: &Server) -> Result<bool, BenchError> {
    let found = server.sql(&format!("SHOW DATABASES LIKE '{MARK}'"))?;
    Ok(found.trim() == MARK)
}

/// Configures memory for sorting, and keys with some free space, as rows in random order leave them.
fn filling(server: ServerBuilder) -> ServerBuilder {
    server
        .arg("--innodb-buffer-pool-size=1G")
        .arg("--innodb-fill-factor=85")
        .arg("--innodb-sort-buffer-size=64M")
}

fn fill(server: &Server, rows: u64) -> Result<(), BenchError> {
    let binary = cargo::binary("behavior-trace-benches", "fill")?;
    let folder =
        tempfile::tempdir().map_err(|error| BenchError::source("the temporary folder", error))?;
    open_to_servers(folder.path())?;
    let url = server.database(DATABASE)?;
    let may_read = "GRANT FILE ON *.* TO 'trace'@'%'; GRANT FILE ON *.* TO 'trace'@'localhost'";
    server.sql(may_read)?;
    let begun = Instant::now();
    println!(
        "{} {}: filling with {rows} rows",
        server.kind(),
        server.version()
    );
    let words = [
        &url,
        &folder.path().display().to_string(),
        &rows.to_string(),
    ];
    cargo::output_of(&binary, &words.map(String::as_str))?;
    server.sql(&format!("CREATE DATABASE {MARK}"))?;
    println!("filled in {} s", begun.elapsed().as_secs());
    Ok(())
}

/// Makes the folder accessible: the servers may run as another user.
#[cfg(unix)]
pub(crate) fn open_to_servers(folder: &Path) -> Result<(), BenchError> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))
        .map_err(|error| BenchError::source(folder.display().to_string(), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_and_a_number_of_rows_can_be_chosen() {
        let mut wanted = Wanted::default();
        assert_eq!((wanted.kinds.len(), wanted.rows), (2, 10_000_000));
        assert!(wanted.take("--store=mysql").expect("a store"));
        assert!(wanted.take("--rows=2_000_000").expect("a number"));
        assert_eq!(
            (wanted.kinds, wanted.rows),
            ([Kind::MySql].as_slice(), 2_000_000)
        );
    }

    #[test]
    fn a_word_of_somebody_else_is_left_alone_and_a_wrong_value_is_refused() {
        let mut wanted = Wanted::default();
        assert!(!wanted.take("--rounds=3").expect("not ours"));
        for wrong in ["--store=sqlite", "--rows=", "--rows=999", "--rows=all"] {
            assert!(wanted.take(wrong).expect_err(wrong).is_usage());
        }
    }
}
