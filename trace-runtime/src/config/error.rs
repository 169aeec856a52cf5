//! Why a recorder does not start.

use std::fmt;
#[cfg(feature = "sqlite")]
use std::path::Path;

use crate::store::DatabaseUrlError;

/// Why a recorder does not start: the configuration is at fault, and the message says what to change. A database that is
/// away is not an error; the recorder starts and waits for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    NoUrl,
    Url(DatabaseUrlError),
    NoSpoolDir,
    NoSpool,
    #[cfg(feature = "sqlite")]
    SpoolDir(String),
    QueueTooSmall(usize),
    Environment(String),
    Thread(String),
}

impl ConfigError {
    pub(super) const fn no_url() -> Self {
        Self(Kind::NoUrl)
    }

    pub(super) const fn no_spool_dir() -> Self {
        Self(Kind::NoSpoolDir)
    }

    pub(super) const fn no_spool() -> Self {
        Self(Kind::NoSpool)
    }

    pub(super) const fn queue_too_small(bytes: usize) -> Self {
        Self(Kind::QueueTooSmall(bytes))
    }

    pub(super) fn environment(problem: &str) -> Self {
        Self(Kind::Environment(problem.to_owned()))
    }

    #[cfg(feature = "sqlite")]
    pub(crate) fn spool_dir(path: &Path, why: impl fmt::Display) -> Self {
        Self(Kind::SpoolDir(format!("{}: {why}", path.display())))
    }

    pub(crate) fn thread(error: &std::io::Error) -> Self {
        Self(Kind::Thread(error.to_string()))
    }

    /// Whether no database URL was given, or one that names no store.
    pub const fn is_database_url(&self) -> bool {
        matches!(self.0, Kind::NoUrl | Kind::Url(_))
    }

    /// Whether the spool directory is at fault.
    pub const fn is_spool_dir(&self) -> bool {
        match self.0 {
            Kind::NoSpoolDir | Kind::NoSpool => true,
            #[cfg(feature = "sqlite")]
            Kind::SpoolDir(_) => true,
            _ => false,
        }
    }
}

impl From<DatabaseUrlError> for ConfigError {
    fn from(error: DatabaseUrlError) -> Self {
        Self(Kind::Url(error))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::NoUrl => f.write_str(
                "no database URL; call `.database_url(\"mysql://…\")` or set BEHAVIOR_TRACE_DATABASE_URL",
            ),
            Kind::Url(error) => error.fmt(f),
            Kind::NoSpoolDir => f.write_str(
                "this durability needs a spool; call `.spool_dir(path)` or set BEHAVIOR_TRACE_SPOOL_DIR",
            ),
            Kind::NoSpool => f.write_str(
                "built without the spool; enable the feature `sqlite` of `behavior-trace`, or use `Durability::Memory`",
            ),
            #[cfg(feature = "sqlite")]
            Kind::SpoolDir(why) => write!(f, "the spool directory cannot be used: {why}"),
            Kind::QueueTooSmall(bytes) => {
                write!(f, "a queue of {bytes} bytes is too small; give it 65536 or more")
            }
            Kind::Environment(problem) => f.write_str(problem),
            Kind::Thread(why) => write!(f, "the writer's thread could not be started: {why}"),
        }
    }
}

impl std::error::Error for ConfigError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Kind::Url(error) => Some(error),
            _ => None,
        }
    }
}
