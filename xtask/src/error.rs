//! Errors of commands.

use std::fmt;

use behavior_trace_servers::ServerError;

use crate::law::Breach;

/// The failure of a command; the message gives the reason and the remedy.
#[derive(Debug)]
pub(crate) struct TaskError {
    reason: Reason,
}

#[derive(Debug)]
enum Reason {
    Usage(String),
    Server(ServerError),
    Run { command: String, outcome: String },
    Source { path: String, why: String },
    Law(Vec<Breach>),
    Told,
}

impl TaskError {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Reason::Usage(message.into()).into()
    }

    pub(crate) fn run(command: impl Into<String>, outcome: impl Into<String>) -> Self {
        Reason::Run {
            command: command.into(),
            outcome: outcome.into(),
        }
        .into()
    }

    pub(crate) fn source(path: impl Into<String>, why: impl fmt::Display) -> Self {
        Reason::Source {
            path: path.into(),
            why: why.to_string(),
        }
        .into()
    }

    pub(crate) fn law(breaches: Vec<Breach>) -> Self {
        Reason::Law(breaches).into()
    }

    /// Creates an error that has been printed already, so that nothing is printed after it.
    pub(crate) fn told() -> Self {
        Reason::Told.into()
    }

    /// Returns whether the command was called wrongly, so that the help belongs below the message.
    pub(crate) const fn is_usage(&self) -> bool {
        matches!(self.reason, Reason::Usage(_))
    }

    /// Returns whether the message has been printed already.
    pub(crate) const fn is_told(&self) -> bool {
        matches!(self.reason, Reason::Told)
    }
}

impl From<Reason> for TaskError {
    fn from(reason: Reason) -> Self {
        Self { reason }
    }
}

impl From<ServerError> for TaskError {
    fn from(error: ServerError) -> Self {
        Reason::Server(error).into()
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Usage(message) => f.write_str(message),
            Reason::Server(error) => error.fmt(f),
            Reason::Run { command, outcome } => write!(f, "`{command}` {outcome}"),
            Reason::Source { path, why } => write!(f, "cannot read {path}: {why}"),
            Reason::Law(breaches) => {
                write!(
                    f,
                    "the import law of the workspace is broken (see xtask/src/law.rs)"
                )?;
                breaches
                    .iter()
                    .try_for_each(|breach| write!(f, "\n  - {breach}"))
            }
            Reason::Told => f.write_str("a step failed"),
        }
    }
}

impl std::error::Error for TaskError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.reason {
            Reason::Server(error) => Some(error),
            _ => None,
        }
    }
}
