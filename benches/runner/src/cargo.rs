//! Calls of the measured programs: build, run, output.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::error::BenchError;

/// Returns the folder of the workspace.
pub(crate) fn workspace() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// Builds an optimised binary of a package, and returns its path.
pub(crate) fn binary(package: &str, name: &str) -> Result<PathBuf, BenchError> {
    build(package, name, &["--release"])
}

/// Builds an optimised binary of a package, whose instructions are counted, without its default features, and returns its path.
pub(crate) fn counted_binary(package: &str, name: &str) -> Result<PathBuf, BenchError> {
    build(
        package,
        name,
        &["--profile=counted", "--no-default-features"],
    )
}

fn build(package: &str, name: &str, options: &[&str]) -> Result<PathBuf, BenchError> {
    let words = [
        "build",
        "--package",
        package,
        "--bin",
        name,
        "--message-format=json-render-diagnostics",
    ];
    let words = [&words, options].concat();
    let messages = output(
        "cargo",
        Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(&words)
            .current_dir(workspace()),
    )?;
    let mut built = messages.lines().filter_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        (message["target"]["name"] == name)
            .then(|| message["executable"].as_str().map(PathBuf::from))
            .flatten()
    });
    built
        .next()
        .ok_or_else(|| BenchError::run(format!("cargo {}", words.join(" ")), "named no executable"))
}

/// Returns the compiler and the machine it compiles for: `rustc 1.95.0 x86_64-unknown-linux-gnu`.
pub(crate) fn compiler() -> Result<String, BenchError> {
    let program = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = output("rustc -vV", Command::new(program).arg("-vV"))?;
    let named = |name: &str| said.lines().find_map(|line| line.strip_prefix(name));
    match (named("release: "), named("host: ")) {
        (Some(release), Some(host)) => Ok(format!("rustc {release} {host}")),
        _ => Err(BenchError::run("rustc -vV", "named no release and no host")),
    }
}

/// Runs a program with these `words` and returns its standard output.
pub(crate) fn output_of(program: &Path, words: &[&str]) -> Result<String, BenchError> {
    let name = format!("{} {}", program.display(), words.join(" "));
    output(&name, Command::new(program).args(words))
}

/// Runs a command and returns its standard output.
pub(crate) fn output(name: &str, command: &mut Command) -> Result<String, BenchError> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output();
    match output {
        Ok(output) if output.status.success() => {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        }
        Ok(output) => Err(BenchError::run(name, format!("failed: {}", output.status))),
        Err(error) => Err(BenchError::run(name, format!("failed: {error}"))),
    }
}
