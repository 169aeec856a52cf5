//! The end of a command that did not do what it was asked for, and its exit code.

mod of_errors;

use std::fmt;
use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use behavior_trace::spool::SpoolsError;

use crate::message::print_message;

/// Why a command ended. Its message is one line for people, on standard error.
#[derive(Debug)]
pub(crate) struct Failure {
    kind: FailureKind,
    message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FailureKind {
    /// It failed, and would fail again.
    Failed,
    /// It was called wrongly.
    Usage,
    /// It found what it looked for, such as a pending migration.
    Found,
    /// Nothing was found, and `--fail-if-empty` asks for something.
    Empty,
    /// The store is unavailable or the outcome unknown: trying again is right.
    TryAgain,
    /// Ctrl-C.
    Interrupted,
    /// The reader of standard output has left, as `head` does.
    Left,
}

impl FailureKind {
    const fn code(self) -> u8 {
        match self {
            Self::Left => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Found => 3,
            Self::Empty => 4,
            Self::TryAgain => 75,
            Self::Interrupted => 130,
        }
    }
}

impl Failure {
    fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Failed, message)
    }

    /// Creates a failure after which trying again is right.
    pub(crate) fn try_again(message: impl Into<String>) -> Self {
        Self::new(FailureKind::TryAgain, message)
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Usage, message)
    }

    pub(crate) fn found(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Found, message)
    }

    pub(crate) fn empty() -> Self {
        Self::new(FailureKind::Empty, "nothing found")
    }

    /// Makes what is not there a search that found nothing.
    pub(crate) fn of_missing(error: SpoolsError) -> Self {
        if error.is_missing() {
            return Self::new(FailureKind::Empty, error.to_string());
        }
        error.into()
    }

    /// Returns the success of an output whose reader has left.
    pub(crate) fn left() -> Self {
        Self::new(FailureKind::Left, "")
    }

    pub(crate) fn interrupted(message: impl Into<String>) -> Self {
        Self::new(FailureKind::Interrupted, message)
    }

    /// Makes it one for which trying again is right, where `transient` says so.
    pub(crate) fn of(transient: bool, error: &impl ToString) -> Self {
        let kind = if transient {
            FailureKind::TryAgain
        } else {
            FailureKind::Failed
        };
        Self::new(kind, error.to_string())
    }

    /// Adds what is to be known besides the reason.
    pub(crate) fn also(mut self, text: &str) -> Self {
        self.message = format!("{}; {text}", self.message);
        self
    }

    /// Prints the message and returns the exit code.
    pub(crate) fn report(&self) -> ExitCode {
        if self.kind == FailureKind::Interrupted && io::stderr().is_terminal() {
            // The terminal has printed `^C`.
            anstream::eprintln!();
        }
        if self.kind != FailureKind::Left {
            print_message(&format!("behavior-trace: {}", self.message));
        }
        ExitCode::from(self.kind.code())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
