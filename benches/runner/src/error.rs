//! Errors of measurements.

use std::fmt;

use behavior_trace_servers::ServerError;

/// The failure of a measurement; the message gives the reason and the remedy.
#[derive(Debug)]
pub(crate) struct BenchError {
    reason: Reason,
}

#[derive(Debug)]
enum Reason {
    Usage(String),
    Server(ServerError),
    Run { command: String, outcome: String },
    Source { path: String, why: String },
}

impl BenchError {
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

    /// Returns whether the command was called wrongly.
    pub(crate) const fn is_usage(&self) -> bool {
        matches!(self.reason, Reason::Usage(_))
    }
}

impl From<Reason> for BenchError {
    fn from(reason: Reason) -> Self {
        Self { reason }
    }
}

impl From<ServerError> for BenchError {
    fn from(error: ServerError) -> Self {
        Reason::Server(error).into()
    }
}

impl fmt::Display for BenchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Usage(message) => f.write_str(message),
            Reason::Server(error) => error.fmt(f),
            Reason::Run { command, outcome } => write!(f, "`{command}` {outcome}"),
            Reason::Source { path, why } => write!(f, "cannot read {path}: {why}"),
        }
    }
}

impl std::error::Error for BenchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.reason {
            Reason::Server(error) => Some(error),
            _ => None,
        }
    }
}
