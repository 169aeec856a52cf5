//! Builds of generated crates.

use std::error::Error;
use std::path::PathBuf;
use std::process::Command;

use crate::generate::Crate;
use crate::report;

/// Returns the target folder of the builds.
pub(crate) fn target() -> PathBuf {
    report::folder().join("macro").join("target")
}

/// Runs a cargo command on a crate.
pub(crate) fn cargo(
    generated: &Crate,
    command: &str,
    arguments: &[&str],
) -> Result<(), Box<dyn Error>> {
    let done = Command::new("cargo")
        .arg(command)
        .arg("--manifest-path")
        .arg(generated.path.join("Cargo.toml"))
        .args(arguments)
        .env("CARGO_TARGET_DIR", target())
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("RUSTFLAGS")
        .output()?;
    if done.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&done.stderr).into_owned().into())
    }
}
