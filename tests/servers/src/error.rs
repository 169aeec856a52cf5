//! Errors of provisioning, starting and using a server.

use std::path::{Path, PathBuf};
use std::{fmt, io};

use crate::Kind;

/// Error of provisioning, starting or using a test server. The message names the remedy.
#[derive(Debug)]
pub struct ServerError {
    reason: Reason,
}

#[derive(Debug)]
enum Reason {
    Missing {
        kind: Kind,
        tried: Vec<String>,
    },
    MissingPhp {
        tried: Vec<String>,
    },
    MissingTmux {
        tried: Vec<String>,
    },
    MissingBrowser {
        tried: Vec<String>,
    },
    MissingAxe {
        tried: Vec<String>,
    },
    Browser {
        what: String,
        why: String,
    },
    Start {
        kind: Kind,
        what: String,
        log: String,
    },
    Command {
        command: String,
        outcome: String,
        stderr: String,
    },
    Io {
        what: String,
        path: PathBuf,
        source: io::Error,
    },
    Unusable {
        what: String,
        why: String,
    },
    Unsupported {
        what: &'static str,
        why: &'static str,
    },
}

impl ServerError {
    pub(crate) fn missing(kind: Kind, tried: Vec<String>) -> Self {
        Reason::Missing { kind, tried }.into()
    }

    pub(crate) fn missing_php(tried: Vec<String>) -> Self {
        Reason::MissingPhp { tried }.into()
    }

    pub(crate) fn missing_tmux(tried: Vec<String>) -> Self {
        Reason::MissingTmux { tried }.into()
    }

    pub(crate) fn missing_browser(tried: Vec<String>) -> Self {
        Reason::MissingBrowser { tried }.into()
    }

    pub(crate) fn missing_axe(tried: Vec<String>) -> Self {
        Reason::MissingAxe { tried }.into()
    }

    pub(crate) fn browser(what: impl Into<String>, why: impl Into<String>) -> Self {
        Reason::Browser {
            what: what.into(),
            why: why.into(),
        }
        .into()
    }

    pub(crate) fn start(kind: Kind, what: impl Into<String>, log: String) -> Self {
        Reason::Start {
            kind,
            what: what.into(),
            log,
        }
        .into()
    }

    pub(crate) fn command(command: String, outcome: String, stderr: String) -> Self {
        Reason::Command {
            command,
            outcome,
            stderr,
        }
        .into()
    }

    pub(crate) fn io(what: impl Into<String>, path: &Path, source: io::Error) -> Self {
        Reason::Io {
            what: what.into(),
            path: path.to_owned(),
            source,
        }
        .into()
    }

    pub(crate) fn unusable(what: impl Into<String>, why: impl Into<String>) -> Self {
        Reason::Unusable {
            what: what.into(),
            why: why.into(),
        }
        .into()
    }

    pub(crate) fn unsupported(what: &'static str, why: &'static str) -> Self {
        Reason::Unsupported { what, why }.into()
    }

    /// Returns whether this machine has no such server, no PHP or no browser, and none could be fetched.
    pub const fn is_missing(&self) -> bool {
        matches!(
            self.reason,
            Reason::Missing { .. }
                | Reason::MissingPhp { .. }
                | Reason::MissingTmux { .. }
                | Reason::MissingBrowser { .. }
                | Reason::MissingAxe { .. }
        )
    }

    /// Returns whether the kind of server, such as a container or an external server, does not support the operation.
    pub const fn is_unsupported(&self) -> bool {
        matches!(self.reason, Reason::Unsupported { .. })
    }
}

impl From<Reason> for ServerError {
    fn from(reason: Reason) -> Self {
        Self { reason }
    }
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Missing { kind, tried } => {
                writeln!(f, "no {kind} server for the tests")?;
                list(f, tried)?;
                let variable = kind.url_variable();
                write!(
                    f,
                    "install {kind} (server and client), start a container engine (docker or podman), or set \
                     {variable}=mysql://user:password@host:port to a server on which that user may create and drop databases"
                )
            }
            Reason::MissingPhp { tried } => {
                writeln!(f, "no PHP with a MySQL driver for the tests")?;
                list(f, tried)?;
                f.write_str("install `php` and its extension `pdo_mysql` (on Debian: php-cli and php-mysql)")
            }
            Reason::MissingTmux { tried } => {
                writeln!(f, "no tmux for the tests")?;
                list(f, tried)?;
                f.write_str("install `tmux`")
            }
            Reason::MissingBrowser { tried } => {
                writeln!(f, "no Chromium with its driver for the tests")?;
                list(f, tried)?;
                f.write_str(
                    "install `chromium` and `chromium-driver` (Debian), or Google Chrome and the `chromedriver` of its version \
                     (Ubuntu, where Chromium is a snap, which cannot be driven), both in PATH",
                )
            }
            Reason::MissingAxe { tried } => {
                writeln!(f, "no axe-core for the tests")?;
                list(f, tried)?;
                f.write_str("install `npm` or `curl`, and let it reach the npm registry once")
            }
            Reason::Browser { what, why } => write!(f, "the browser cannot {what}: {why}"),
            Reason::Start { kind, what, log } if log.is_empty() => {
                write!(f, "the {kind} server {what}")
            }
            Reason::Start { kind, what, log } => {
                write!(f, "the {kind} server {what}; the end of its log:\n{log}")
            }
            Reason::Command {
                command,
                outcome,
                stderr,
            } => write!(f, "`{command}` {outcome}: {}", stderr.trim_end()),
            Reason::Io { what, path, source } => {
                write!(f, "cannot {what} {}: {source}", path.display())
            }
            Reason::Unusable { what, why } => write!(f, "`{what}` cannot be used: {why}"),
            Reason::Unsupported { what, why } => write!(f, "cannot {what}: {why}"),
        }
    }
}

fn list(f: &mut fmt::Formatter<'_>, tried: &[String]) -> fmt::Result {
    tried
        .iter()
        .try_for_each(|attempt| writeln!(f, "  - {attempt}"))
}

impl std::error::Error for ServerError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.reason {
            Reason::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_browser_names_each_attempt_and_what_to_install() {
        let error = ServerError::missing_browser(vec!["no `chromedriver` in PATH".to_owned()]);
        assert!(error.is_missing());
        let message = error.to_string();
        for part in [
            "  - no `chromedriver` in PATH\n",
            "`chromium-driver`",
            "snap",
        ] {
            assert!(message.contains(part), "{message}");
        }
    }
}
