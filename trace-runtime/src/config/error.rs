//! Errors of the configuration.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use behavior_trace_store::DatabaseUrlError;

use crate::policy::{InvalidPattern, PolicyError};

/// Configuration error that keeps a recorder from starting. The message names the remedy.
///
/// An unavailable database is not an error: the recorder starts and waits for it.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigError(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    NoUrl,
    Url(DatabaseUrlError),
    NoSpoolDir,
    NoSpool,
    SpoolDir(String),
    TooSmall {
        setting: &'static str,
        bytes: u64,
        least: u64,
    },
    Linger(Duration),
    NoStatementTimeout,
    DurableAction(InvalidPattern),
    Environment(String),
    Policy(PolicyError),
    TwoPolicies,
    Thread(String),
}

impl ConfigError {
    pub(crate) const fn no_url() -> Self {
        Self(Kind::NoUrl)
    }

    pub(super) const fn no_spool_dir() -> Self {
        Self(Kind::NoSpoolDir)
    }

    pub(super) const fn no_spool() -> Self {
        Self(Kind::NoSpool)
    }

    pub(super) const fn too_small(setting: &'static str, bytes: u64, least: u64) -> Self {
        Self(Kind::TooSmall {
            setting,
            bytes,
            least,
        })
    }

    pub(super) const fn linger(linger: Duration) -> Self {
        Self(Kind::Linger(linger))
    }

    pub(super) const fn no_statement_timeout() -> Self {
        Self(Kind::NoStatementTimeout)
    }

    pub(super) fn environment(problem: &str) -> Self {
        Self(Kind::Environment(problem.to_owned()))
    }

    pub(super) const fn policy(error: PolicyError) -> Self {
        Self(Kind::Policy(error))
    }

    pub(super) const fn two_policies() -> Self {
        Self(Kind::TwoPolicies)
    }

    pub(crate) fn spool_dir(path: &Path, why: impl fmt::Display) -> Self {
        Self(Kind::SpoolDir(format!("{}: {why}", path.display())))
    }

    pub(crate) fn thread(error: &std::io::Error) -> Self {
        Self(Kind::Thread(error.to_string()))
    }

    /// Returns whether the database URL is missing, or names no store.
    pub const fn is_database_url(&self) -> bool {
        matches!(self.0, Kind::NoUrl | Kind::Url(_))
    }

    /// Returns whether the spool directory is missing or unusable, or the spool was not built in.
    pub const fn is_spool_dir(&self) -> bool {
        matches!(self.0, Kind::NoSpoolDir | Kind::NoSpool | Kind::SpoolDir(_))
    }
}

impl From<DatabaseUrlError> for ConfigError {
    fn from(error: DatabaseUrlError) -> Self {
        Self(Kind::Url(error))
    }
}

impl From<InvalidPattern> for ConfigError {
    fn from(error: InvalidPattern) -> Self {
        Self(Kind::DurableAction(error))
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
            Kind::SpoolDir(why) => write!(
                f,
                "the spool directory cannot be used: {why}; make it a directory that the user of the service may write, or \
                 name another with `.spool_dir(path)` or BEHAVIOR_TRACE_SPOOL_DIR",
            ),
            Kind::TooSmall { setting, bytes, least } => {
                write!(f, "`{setting}` is {bytes}; the minimum is {least}; raise it, or BEHAVIOR_TRACE_{}", setting.to_uppercase())
            }
            Kind::Linger(linger) => write!(
                f,
                "`linger` is {linger:?}; the maximum is 1 minute, since a crash loses events that wait; lower it, or BEHAVIOR_TRACE_LINGER",
            ),
            Kind::NoStatementTimeout => f.write_str(
                "`statement_timeout` is 0, so every statement would fail; set it, or BEHAVIOR_TRACE_STATEMENT_TIMEOUT, to some seconds",
            ),
            Kind::DurableAction(error) => write!(f, "a durable action is invalid: {error}"),
            Kind::Environment(problem) => f.write_str(problem),
            Kind::Policy(error) => error.fmt(f),
            Kind::TwoPolicies => f.write_str(
                "the application has a policy in code, which rules from BEHAVIOR_TRACE_POLICY or `.policy_source(…)` cannot \
                 change; unset them, or add them in code with `DefaultPolicy::with_rules`",
            ),
            Kind::Thread(why) => write!(f, "the writer's thread could not be started: {why}"),
        }
    }
}

behavior_trace_core::debug_is_display!(ConfigError);

impl std::error::Error for ConfigError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Kind::Url(error) => Some(error),
            Kind::DurableAction(error) => Some(error),
            Kind::Policy(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_main_names_the_remedy() {
        let error = ConfigError::no_url();
        assert_eq!(format!("{error:?}"), error.to_string());
        let error = ConfigError::spool_dir(Path::new("/nowhere"), "permission denied");
        let text = format!("{error:?}");
        assert!(
            text.contains("/nowhere") && text.contains(".spool_dir(path)"),
            "{text}"
        );
    }
}
