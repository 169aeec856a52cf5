//! Errors of reading policy rules.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Error of reading rules for the default policy. The message names the rule and the remedy; the policy in force stays.
#[derive(Clone, PartialEq, Eq)]
pub struct PolicyError(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    NoSource,
    Unreadable {
        path: PathBuf,
        why: String,
    },
    Rule {
        path: Option<PathBuf>,
        line: usize,
        rule: String,
        problem: String,
    },
}

impl PolicyError {
    pub(crate) const fn no_source() -> Self {
        Self(Kind::NoSource)
    }

    pub(super) fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self(Kind::Unreadable {
            path: path.to_owned(),
            why: error.to_string(),
        })
    }

    pub(super) fn rule(line: usize, rule: &str, problem: &str) -> Self {
        Self(Kind::Rule {
            path: None,
            line,
            rule: rule.to_owned(),
            problem: problem.to_owned(),
        })
    }

    /// Adds the file of the rule.
    pub(super) fn in_file(mut self, file: &Path) -> Self {
        if let Kind::Rule { path, .. } = &mut self.0 {
            *path = Some(file.to_owned());
        }
        self
    }
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::NoSource => f.write_str(
                "there are no rules to read again; set BEHAVIOR_TRACE_POLICY, or call `.policy_source(…)` on the builder",
            ),
            Kind::Unreadable { path, why } => write!(
                f,
                "the policy file `{}` cannot be read: {why}; create it, or correct the path",
                path.display()
            ),
            Kind::Rule {
                path,
                line,
                rule,
                problem,
            } => {
                if let Some(path) = path {
                    write!(f, "{}, ", path.display())?;
                }
                write!(f, "line {line}: the rule `{}` {problem}", rule.escape_debug())
            }
        }
    }
}

behavior_trace_core::debug_is_display!(PolicyError);

impl std::error::Error for PolicyError {}
