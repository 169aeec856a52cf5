//! Options from a `sqlite:` URL, and the further settings of a connection.

use std::fmt;
use std::fs;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::time::{Instant, sleep};

use super::classify::{failed, is_cannot_open};
use crate::store::ErrorClass;
use crate::store::url::DatabaseUrlError;

/// Time limit for waiting on another process's statement. The wait is on SQLite's own thread.
const BUSY: Duration = Duration::from_secs(5);
/// Pause before a connection is tried again.
pub(super) const AGAIN: Duration = Duration::from_millis(10);
const STATEMENTS_KEPT: usize = 16;

#[derive(Clone)]
pub(crate) struct Options {
    pub(crate) connect: Arc<SqliteConnectOptions>,
    /// Options that create no file and leave its journal as it is.
    as_found: Arc<SqliteConnectOptions>,
}

impl Options {
    pub(crate) fn parse(text: &str) -> Result<Self, DatabaseUrlError> {
        let connect = SqliteConnectOptions::from_str(text)
            .map_err(|error| DatabaseUrlError::new(error.to_string()))?;
        let file = connect.get_filename();
        if text.contains(":memory:") || text.contains("mode=memory") {
            return Err(DatabaseUrlError::new(
                "a SQLite database in memory is gone with its connection; write `memory:` for tests",
            ));
        }
        if file == Path::new("") {
            return Err(DatabaseUrlError::new(
                "no file; write `sqlite:/path/to/file.db`",
            ));
        }
        let as_found = connect.clone().create_if_missing(false);
        Ok(Self {
            as_found: Arc::new(as_found.busy_timeout(BUSY).disable_statement_logging()),
            connect: Arc::new(durable(connect)),
        })
    }

    /// Connects, and retries while another process uses the file. A missing file is created.
    pub(crate) async fn open(&self) -> Result<SqliteConnection, sqlx::Error> {
        create_private(self.connect.get_filename());
        open(&self.connect, Patience::new(), true).await
    }

    /// Connects to a file that exists.
    pub(crate) async fn open_existing(&self) -> Result<SqliteConnection, sqlx::Error> {
        let connect = (*self.connect).clone().create_if_missing(false);
        open(&connect, Patience::new(), false).await
    }

    /// Connects to a file that exists, and leaves its journal as it is.
    pub(crate) async fn open_as_found(&self) -> Result<SqliteConnection, sqlx::Error> {
        open(&self.as_found, Patience::new(), false).await
    }

    /// Creates the file if it is missing; returns whether it was.
    pub(crate) async fn create(&self) -> Result<bool, sqlx::Error> {
        let was_missing = create_private(self.connect.get_filename());
        let connection = open(&self.connect, Patience::new(), true).await?;
        connection.close().await?;
        Ok(was_missing)
    }

    /// Connects for statements with the given time limit. The wait for another process is shorter than the limit, so nothing
    /// is written after the statement was given up.
    pub(super) async fn open_for(&self, limit: Duration) -> Result<SqliteConnection, sqlx::Error> {
        let busy = BUSY.min(limit * 3 / 5);
        let connect = (*self.connect).clone().busy_timeout(busy);
        create_private(connect.get_filename());
        open(&connect, Patience(Instant::now() + busy), true).await
    }
}

async fn open(
    connect: &SqliteConnectOptions,
    patience: Patience,
    creates: bool,
) -> Result<SqliteConnection, sqlx::Error> {
    loop {
        match connect.connect().await {
            Err(error) if patience.allows(&error) => sleep(AGAIN).await,
            Err(error) if is_cannot_open(&error) => {
                return Err(unopened(connect.get_filename(), &error, creates));
            }
            outcome => return outcome,
        }
    }
}

/// Names the file that SQLite cannot open, which its own message does not.
fn unopened(file: &Path, error: &sqlx::Error, creates: bool) -> sqlx::Error {
    let has_folder = file
        .parent()
        .is_none_or(|folder| folder.as_os_str().is_empty() || fs::exists(folder).unwrap_or(true));
    let is_missing = fs::exists(file).is_ok_and(|exists| !exists);
    let remedy = if !has_folder {
        "its folder does not exist; create it for the user that runs the service"
    } else if is_missing && !creates {
        "there is no such file; check the path in the URL, or run the migrations, which create it"
    } else {
        "check that it is a file, the rights on it and on its folder, and the limit of open files"
    };
    let message = format!("`{}` cannot be opened: {error}; {remedy}", file.display());
    sqlx::Error::Configuration(message.into())
}

/// Creates a missing file for its owner alone; SQLite would let every user read it. SQLite gives its log the same mode. If
/// this fails, opening the file reports the reason. Returns whether the file was missing and is there now.
fn create_private(file: &Path) -> bool {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).is_ok()
}

/// Deadline for retries of a connection. SQLite does not wait where several processes switch a new file to WAL at once. The
/// caller therefore retries for as long as SQLite would wait for a statement.
#[derive(Debug)]
pub(super) struct Patience(Instant);

impl Patience {
    pub(super) fn new() -> Self {
        Self(Instant::now() + BUSY)
    }

    /// Returns whether to try again, after a pause of [`AGAIN`].
    pub(super) fn allows(&self, error: &sqlx::Error) -> bool {
        failed(error).class() == ErrorClass::Transient && Instant::now() < self.0
    }
}

/// Applies durable settings: WAL and one sync per commit, so that rows reported as stored survive a power loss.
fn durable(connect: SqliteConnectOptions) -> SqliteConnectOptions {
    connect
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY)
        .statement_cache_capacity(STATEMENTS_KEPT)
        .disable_statement_logging()
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Options({self})")
    }
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sqlite:{}", self.connect.get_filename().display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_in_a_missing_folder_is_named_with_the_remedy() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("missing").join("activity.db");
        let options = Options::parse(&format!("sqlite:{}", file.display())).expect("a good URL");
        let error = failed(&options.open().await.expect_err("no folder"));
        assert_eq!(error.class(), ErrorClass::Configuration);
        let text = error.to_string();
        assert!(text.contains(&*file.to_string_lossy()), "{text}");
        assert!(text.contains("its folder does not exist"), "{text}");

        let options = Options::parse(&format!("sqlite:{}", folder.path().display()));
        let opened = options.expect("a good URL").open().await;
        let text = failed(&opened.expect_err("a folder is no file")).to_string();
        assert!(text.contains("check that it is a file"), "{text}");
    }

    #[test]
    fn a_file_is_named_and_memory_is_refused() {
        let shown = |text| Options::parse(text).map(|options| options.to_string());
        assert_eq!(
            shown("sqlite:/var/lib/a.db"),
            Ok("sqlite:/var/lib/a.db".to_owned())
        );
        assert_eq!(shown("sqlite://a.db"), Ok("sqlite:a.db".to_owned()));
        for text in [
            "sqlite:",
            "sqlite::memory:",
            "sqlite:a.db?mode=memory",
            "sqlite:a.db?journal=wal",
        ] {
            assert!(Options::parse(text).is_err(), "{text}");
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_new_file_is_its_owners_alone_and_one_that_is_there_stays_as_it_is() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().expect("a directory");
        let mode = |file: &Path| fs::metadata(file).map(|found| found.permissions().mode() & 0o777);
        let open = async |file: &Path| {
            let url = format!("sqlite:{}", file.display());
            let connection = Options::parse(&url).expect("a good URL").open().await;
            let mut connection = connection.expect("opens");
            let table = sqlx::raw_sql("CREATE TABLE some (n INT)");
            table.execute(&mut connection).await.expect("made");
            connection
        };
        let file = directory.path().join("new.db");
        let _connection = open(&file).await;
        for name in ["new.db", "new.db-wal", "new.db-shm"] {
            let found = mode(&directory.path().join(name)).expect("is there");
            assert_eq!(found, 0o600, "{name}");
        }
        let file = directory.path().join("shared.db");
        fs::write(&file, "").expect("written");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).expect("ours");
        let _connection = open(&file).await;
        assert_eq!(mode(&file).expect("is there"), 0o640);
    }
}
