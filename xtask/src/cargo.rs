//! Calls of cargo in the workspace.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::TaskError;

/// Name and value of an environment variable.
pub(crate) type Variable = (String, String);

/// Returns the folder of the workspace.
pub(crate) fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Runs cargo with these `words` and variables, prints each line of its standard output and passes it to `see`.
pub(crate) fn stream<F>(words: &[&str], variables: &[Variable], mut see: F) -> Result<(), TaskError>
where
    F: FnMut(&str),
{
    let mut cargo = cargo(words);
    cargo
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdout(Stdio::piped());
    let mut child = cargo.spawn().map_err(|e| failed(words, e))?;
    if let Some(stdout) = child.stdout.take() {
        let mut lines = BufReader::new(stdout).split(b'\n');
        while let Some(Ok(line)) = lines.next() {
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            see(&line);
        }
    }
    let status = child.wait().map_err(|e| failed(words, e))?;
    if status.success() {
        Ok(())
    } else {
        Err(failed(words, status))
    }
}

/// Runs cargo with these `words` and returns its standard output.
pub(crate) fn read(words: &[&str]) -> Result<String, TaskError> {
    let output = cargo(words)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| failed(words, e))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(failed(words, output.status))
    }
}

/// Runs a program with these `words` in the workspace.
pub(crate) fn run_program(program: &Path, words: &[&str]) -> Result<(), TaskError> {
    let status = Command::new(program)
        .args(words)
        .current_dir(workspace())
        .stdin(Stdio::null())
        .status();
    let failed = |outcome: String| {
        let name = program.display();
        TaskError::run(
            format!("{name} {}", words.join(" ")),
            format!("failed: {outcome}"),
        )
    };
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(failed(status.to_string())),
        Err(error) => Err(failed(error.to_string())),
    }
}

fn cargo(words: &[&str]) -> Command {
    // The cargo that runs this, so that a toolchain chosen with `+` applies to every call.
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(words)
        .current_dir(workspace())
        .stdin(Stdio::null());
    cargo
}

fn failed(words: &[&str], outcome: impl std::fmt::Display) -> TaskError {
    TaskError::run(
        format!("cargo {}", words.join(" ")),
        format!("failed: {outcome}"),
    )
}
