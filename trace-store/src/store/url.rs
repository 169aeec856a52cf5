//! Database URLs.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use super::Dialect;
use super::memory::MemoryStore;
#[cfg(feature = "mysql")]
use super::mysql;
#[cfg(feature = "sqlite")]
use super::sqlite;

/// A database URL, checked for its form. Parsing opens and looks up nothing.
///
/// | form | store |
/// |---|---|
/// | `mysql://user:password@host:3306/database` (or `mariadb://`) | MySQL 8.4 and later, MariaDB 10.11 and later |
/// | `mysql://user:password@one:3306,two:3306/database` | the same on several hosts: the first that takes writes now |
/// | `mysql://user@localhost/database?socket=/run/mysqld/mysqld.sock` | the same over a Unix socket |
/// | `sqlite:/var/lib/app/activity.db` | a SQLite file, created if missing and private to its owner; its folder must exist |
/// | `memory:` | this process's memory, unbounded, for tests: clones of one value share one store |
///
/// Special characters of a user name or password are percent-encoded. MySQL accepts the parameters `socket`, `ssl-mode`
/// (`disabled`, `preferred`, `required`, `verify_ca`, `verify_identity`), `ssl-ca`, `ssl-cert` and `ssl-key`. Parameters for
/// the sessions of the application (`charset`, `collation`, `timezone`, `statement-cache-capacity`) are ignored, with a
/// warning to the error hook at the start. Any other parameter is refused. **TLS is required for a host other than this
/// machine** unless `ssl-mode` sets another mode. `required` encrypts but trusts any certificate; `verify_identity` with
/// `ssl-ca` checks it.
///
/// With several hosts, a new connection tries the host that took writes last, then the others in their order. A host that is
/// away, or read-only as a replica is, is passed over; so the recorder follows a failover. Each host has 3 s to answer.
/// Retention, erasure and migrations go the same way. A reader takes a read-only host if no other answers.
///
/// ```no_run
/// use behavior_trace::BehaviorTrace;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let recorder = BehaviorTrace::builder()
///     .database_url("mysql://recorder:secret@one:3306,two:3306/shop")
///     .spool_dir("/var/lib/shop/activity") // for the time in which neither takes writes
///     .build()?;
/// # Ok(())
/// # }
/// ```
///
/// A MySQL account with the plugin `caching_sha2_password` connects over TLS, or over plain TCP with the feature
/// `mysql-rsa`. Over a socket it connects only after the server has seen its password on another connection.
///
/// `Debug` and `Display` show the user, host and database, and never a password or a parameter.
///
/// ```
/// use behavior_trace::config::DatabaseUrl;
///
/// let url: DatabaseUrl = "memory:".parse()?;
/// assert_eq!(url.to_string(), "memory:");
/// # Ok::<(), behavior_trace::config::DatabaseUrlError>(())
/// ```
#[derive(Clone)]
pub struct DatabaseUrl(pub(crate) Target);

#[derive(Clone)]
pub(crate) enum Target {
    Memory(MemoryStore),
    #[cfg(feature = "mysql")]
    MySql(mysql::Options),
    #[cfg(feature = "sqlite")]
    Sqlite(sqlite::Options),
}

impl DatabaseUrl {
    /// Returns a new, empty store in memory.
    pub fn memory() -> Self {
        Self(Target::Memory(MemoryStore::default()))
    }

    /// Returns the name of the database: on MySQL and MariaDB what follows the host, on SQLite the name of the file, in memory
    /// `memory`.
    ///
    /// ```
    /// use behavior_trace::config::DatabaseUrl;
    ///
    /// let url: DatabaseUrl = "mysql://recorder:secret@db.internal/shop".parse()?;
    /// assert_eq!(url.database_name(), "shop");
    /// # Ok::<(), behavior_trace::config::DatabaseUrlError>(())
    /// ```
    pub fn database_name(&self) -> Cow<'_, str> {
        match &self.0 {
            Target::Memory(_) => "memory".into(),
            #[cfg(feature = "mysql")]
            Target::MySql(options) => options.database_name().into(),
            #[cfg(feature = "sqlite")]
            Target::Sqlite(options) => {
                let name = options.connect.get_filename().file_name();
                name.map_or_else(|| "sqlite".into(), |name| name.to_string_lossy())
            }
        }
    }

    /// Returns the dialect of the database.
    pub const fn dialect(&self) -> Dialect {
        match self.0 {
            Target::Memory(_) => Dialect::Memory,
            #[cfg(feature = "mysql")]
            Target::MySql(_) => Dialect::MySql,
            #[cfg(feature = "sqlite")]
            Target::Sqlite(_) => Dialect::Sqlite,
        }
    }

    /// Returns a warning that names the ignored parameters, if there are any.
    #[doc(hidden)]
    pub fn warning(&self) -> Option<String> {
        match &self.0 {
            #[cfg(feature = "mysql")]
            Target::MySql(options) if !options.ignored.is_empty() => Some(format!(
                "the database URL's `{}` changes nothing: the recorder's own sessions set what they need",
                options.ignored.join("`, `")
            )),
            _ => None,
        }
    }
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((scheme, _)) = text.split_once(':') else {
            return Err(DatabaseUrlError::new(format!("no scheme; {FORMS}")));
        };
        match scheme {
            "memory" if text == "memory:" => Ok(Self::memory()),
            "memory" => Err(DatabaseUrlError::new(
                "the store in memory takes nothing more than `memory:`",
            )),
            #[cfg(feature = "mysql")]
            "mysql" | "mariadb" => {
                mysql::Options::parse(text).map(|options| Self(Target::MySql(options)))
            }
            #[cfg(not(feature = "mysql"))]
            "mysql" | "mariadb" => Err(without("mysql")),
            #[cfg(feature = "sqlite")]
            "sqlite" => sqlite::Options::parse(text).map(|options| Self(Target::Sqlite(options))),
            #[cfg(not(feature = "sqlite"))]
            "sqlite" => Err(without("sqlite")),
            _ => Err(DatabaseUrlError::new(format!("unknown scheme; {FORMS}"))),
        }
    }
}

/// Accepted forms, for errors that must not repeat the given text because it may hold a password.
const FORMS: &str =
    "write `mysql://user:password@host:3306/database`, `sqlite:/path/to/file.db` or `memory:`";

#[cfg(not(all(feature = "mysql", feature = "sqlite")))]
fn without(feature: &str) -> DatabaseUrlError {
    DatabaseUrlError::new(format!(
        "built without this store; enable the feature `{feature}` of `behavior-trace`"
    ))
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Target::Memory(_) => f.write_str("memory:"),
            #[cfg(feature = "mysql")]
            Target::MySql(options) => options.fmt(f),
            #[cfg(feature = "sqlite")]
            Target::Sqlite(options) => options.fmt(f),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

/// Error for a URL that names no store. The message gives the correct form and repeats nothing that may be a password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrlError(String);

impl DatabaseUrlError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for DatabaseUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a usable database URL: {}", self.0)
    }
}

behavior_trace_core::debug_is_display!(DatabaseUrlError);

impl std::error::Error for DatabaseUrlError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_no_store_is_refused_with_the_forms_that_do() {
        for text in ["", "localhost", "postgres://app:hunter2@db/x", "hunter2"] {
            let error = text.parse::<DatabaseUrl>().expect_err(text).to_string();
            assert!(error.contains("mysql://user:password@host"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert!("memory://x".parse::<DatabaseUrl>().is_err());
    }
}
