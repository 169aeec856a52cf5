//! Valgrind, which counts the instructions of a program.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::apt::{self, Wanted};
use crate::{ServerError, command};

const PACKAGE: &str = "valgrind";
/// The program itself. What is named `valgrind` is a script that looks for it in the system's directories.
const COMMAND: &str = "usr/bin/valgrind.bin";
/// Folder of the tools in the package, such as callgrind.
const TOOLS: &str = "usr/libexec/valgrind";
const REMEDY: &str = "install the package `valgrind`";

/// Valgrind on this machine.
#[derive(Debug, Clone)]
pub struct Valgrind {
    program: PathBuf,
    /// Folder of its tools, if it is not the one compiled in.
    tools: Option<PathBuf>,
}

impl Valgrind {
    /// Finds an installed Valgrind. On Debian and Ubuntu it can also fetch one into the cache directory, which takes some
    /// seconds once, and no root.
    ///
    /// # Errors
    ///
    /// No Valgrind, and none that can be fetched. The error lists all attempts and the package to install.
    pub fn find() -> Result<Self, ServerError> {
        let installed = Self {
            program: PACKAGE.into(),
            tools: None,
        };
        let missing = match installed.version() {
            Ok(_) => return Ok(installed),
            Err(error) => format!("no installed Valgrind: {error}"),
        };
        fetch().map_err(|why| ServerError::unusable(PACKAGE, format!("{missing}; {why}; {REMEDY}")))
    }

    /// Returns the version in its own spelling, such as `valgrind-3.19.0`.
    ///
    /// # Errors
    ///
    /// It does not run.
    pub fn version(&self) -> Result<String, ServerError> {
        command::run(self.command("none").arg("--version")).map(|said| said.trim().to_owned())
    }

    /// Returns a command that runs a program, which is to be added, under one of the tools.
    pub fn command(&self, tool: &str) -> Command {
        let mut command = Command::new(&self.program);
        if let Some(tools) = &self.tools {
            command.env("VALGRIND_LIB", tools);
        }
        command.arg(format!("--tool={tool}"));
        command
    }

    fn of(prefix: &Path) -> Self {
        Self {
            program: prefix.join(COMMAND),
            tools: Some(prefix.join(TOOLS)),
        }
    }
}

fn fetch() -> Result<Valgrind, String> {
    let prefix = apt::fetch_packages(&Wanted {
        name: PACKAGE,
        debian_suite: None,
        not_on_ubuntu: None,
        packages: &[&[PACKAGE]],
        packed: &[],
        binaries: &|_| Ok(vec![COMMAND.to_owned()]),
        unused: &["usr/share"],
    })?;
    let fetched = Valgrind::of(&prefix);
    fetched
        .version()
        .map_err(|error| apt::does_not_run(&prefix, &error))?;
    Ok(fetched)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fetched_valgrind_counts_the_instructions_of_a_program() {
        let fetched = fetch().expect("fetched");
        let mut call = fetched.command("callgrind");
        call.args(["--callgrind-out-file=/dev/null", "true"]);
        let output = call.output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert!(said.contains("Collected"), "{said}");
    }
}
