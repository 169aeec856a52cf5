//! `cargo deny`: bans, licences and sources of the packages of others, by `deny.toml`.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::cargo;
use crate::error::TaskError;

/// Of which `deny.toml` is understood.
const VERSION: &str = "0.20.2";
/// Below the workspace's folder, so that nothing of the machine's own is touched.
const ROOT: &str = "target/tools";

pub(crate) fn run(words: &[String]) -> Result<(), TaskError> {
    match words.first() {
        Some(word) => Err(TaskError::usage(format!("`deny` takes no `{word}`"))),
        None => check(),
    }
}

/// Checks the lock file, with a `cargo-deny` that is installed first where it is missing. Advisories need the network at each
/// run, and are the workflow's.
pub(crate) fn check() -> Result<(), TaskError> {
    let program = cargo::workspace().join(ROOT).join("bin/cargo-deny");
    if !is_installed(&program) {
        install()?;
    }
    cargo::run_program(&program, &["check", "bans", "licenses", "sources"])
}

fn is_installed(program: &Path) -> bool {
    let version = Command::new(program)
        .arg("--version")
        .stderr(Stdio::null())
        .output();
    version.is_ok_and(|output| {
        let text = String::from_utf8_lossy(&output.stdout);
        text.split_whitespace().nth(1) == Some(VERSION)
    })
}

/// Unoptimized: it runs for two seconds.
fn install() -> Result<(), TaskError> {
    println!("installing cargo-deny {VERSION} into {ROOT}, about a minute");
    let version = format!("--version={VERSION}");
    let root = format!("--root={ROOT}");
    let words = [
        "install",
        "--quiet",
        "--locked",
        "--debug",
        "--force",
        "cargo-deny",
        &version,
        &root,
    ];
    cargo::stream(&words, &[], |_| ())
}
