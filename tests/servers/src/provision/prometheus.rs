//! Finding or fetching Prometheus and its tool.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::apt::{self, Wanted};
use crate::{ServerError, command};

const PACKAGE: &str = "prometheus";
const SERVER: &str = "prometheus";
const TOOL: &str = "promtool";
const REMEDY: &str = "install the package `prometheus`, with `prometheus` and `promtool` in PATH";

/// Binaries of Prometheus on this machine.
#[derive(Debug, Clone)]
pub struct PrometheusBinaries {
    pub(crate) server: PathBuf,
    tool: PathBuf,
    version: String,
}

/// Finds Prometheus. On Debian and Ubuntu it can also fetch it into the cache directory, which takes some seconds once, and
/// no root.
///
/// # Errors
///
/// No binaries, and none that can be fetched. The error lists all attempts and the package to install.
pub fn provision_prometheus() -> Result<PrometheusBinaries, ServerError> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut dirs = env::split_paths(&path);
    let installed = dirs.find(|dir| dir.join(SERVER).is_file() && dir.join(TOOL).is_file());
    let missing = match installed {
        Some(dir) => return PrometheusBinaries::open(&dir),
        None => format!("neither `{SERVER}` nor `{TOOL}` in one directory of PATH"),
    };
    let folder = "usr/bin";
    let fetched = apt::fetch_packages(&Wanted {
        name: PACKAGE,
        debian_suite: None,
        not_on_ubuntu: None,
        packages: &[&[PACKAGE]],
        packed: &[],
        binaries: &|_| Ok([SERVER, TOOL].map(|name| format!("{folder}/{name}")).into()),
        // Scripts and fonts of its web pages.
        unused: &["usr/share"],
    });
    let opened = fetched.and_then(|prefix| {
        PrometheusBinaries::open(&prefix.join(folder)).map_err(|e| apt::does_not_run(&prefix, &e))
    });
    opened.map_err(|why| ServerError::unusable(PACKAGE, format!("{missing}; {why}; {REMEDY}")))
}

impl PrometheusBinaries {
    fn open(dir: &Path) -> Result<Self, ServerError> {
        let server = dir.join(SERVER);
        let said = command::run(Command::new(&server).arg("--version"))?;
        let version = read_version(&said).ok_or_else(|| {
            let command = command::spelled(&Command::new(&server));
            ServerError::command(command, "has no version".to_owned(), said.clone())
        })?;
        Ok(Self {
            server,
            tool: dir.join(TOOL),
            version: version.to_owned(),
        })
    }

    /// Returns the version in its own spelling, such as `2.42.0+ds`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Checks a file of rules by `promtool check rules`, and returns its output.
    ///
    /// # Errors
    ///
    /// Rules that Prometheus does not accept; the error has the output.
    pub fn check_rules(&self, file: &Path) -> Result<String, ServerError> {
        self.run_tool("check", file)
    }

    /// Runs a file of unit tests for rules by `promtool test rules`, and returns its output.
    ///
    /// # Errors
    ///
    /// A failed test; the error has the output.
    pub fn test_rules(&self, file: &Path) -> Result<String, ServerError> {
        self.run_tool("test", file)
    }

    fn run_tool(&self, verb: &str, file: &Path) -> Result<String, ServerError> {
        command::run(Command::new(&self.tool).args([verb, "rules"]).arg(file))
    }
}

/// Reads the version from `prometheus, version 2.42.0+ds (branch: …)`.
fn read_version(said: &str) -> Option<&str> {
    let (_, rest) = said.split_once("version ")?;
    rest.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read() {
        let said = "prometheus, version 2.42.0+ds (branch: debian/sid, revision: 2.42.0+ds-5)\n";
        assert_eq!(read_version(said), Some("2.42.0+ds"));
        assert_eq!(read_version("prometheus"), None);
    }
}
