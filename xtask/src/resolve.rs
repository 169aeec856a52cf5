//! `cargo xtask resolve`: checks that applications with other versions of the database crates can add this one.
//!
//! Cargo allows one `libsqlite3-sys` a program. The feature `sqlite` brings one; without it none of ours may appear.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::cargo;
use crate::error::TaskError;

/// Below the workspace's folder.
const ROOT: &str = "target/resolve";
const BESIDE: &str = "default-features = false, features = [\"mysql\", \"runtime\"]";

/// What an application may have; each holds a `libsqlite3-sys`.
const HOSTS: [&str; 12] = [
    r#"sqlx = { version = "0.6", features = ["runtime-tokio-rustls", "sqlite"] }"#,
    r#"sqlx = { version = "0.7", features = ["runtime-tokio-rustls", "mysql", "sqlite"] }"#,
    r#"sqlx = { version = "0.8", features = ["runtime-tokio", "mysql", "sqlite"] }"#,
    r#"diesel = { version = "1.4", features = ["sqlite"] }"#,
    r#"diesel = { version = "2", features = ["sqlite"] }"#,
    r#"sea-orm = { version = "0.12", features = ["runtime-tokio-rustls", "sqlx-sqlite"] }"#,
    r#"sea-orm = { version = "1", features = ["runtime-tokio-rustls", "sqlx-sqlite"] }"#,
    r#"sea-orm = { version = "2", features = ["runtime-tokio-rustls", "sqlx-sqlite"] }"#,
    r#"rusqlite = "0.29""#,
    r#"rusqlite = "0.31""#,
    r#"rusqlite = "0.37""#,
    r#"rusqlite = "*""#,
];

/// An application that must not resolve with the feature `sqlite`, so that the check is known to see a conflict.
const CONFLICT: (&str, &str) = (HOSTS[1], "features = [\"sqlite\"]");

pub(crate) fn run(words: &[String]) -> Result<(), TaskError> {
    match words.first() {
        Some(word) => Err(TaskError::usage(format!("`resolve` takes no `{word}`"))),
        None => check(),
    }
}

/// Makes a lock file for each application, from the index of the registry. Nothing is downloaded or built.
pub(crate) fn check() -> Result<(), TaskError> {
    let mut problems = Vec::new();
    for host in HOSTS {
        match resolve(host, BESIDE)? {
            Ok(()) => println!("resolves beside {host}"),
            Err(why) => problems.push(format!("{host}: {why}")),
        }
    }
    let (host, features) = CONFLICT;
    match resolve(host, features)? {
        Err(why) if why.contains("links to the native library `sqlite3`") => {}
        Err(why) => problems.push(format!("{host}, for another reason than SQLite: {why}")),
        Ok(()) => problems.push(format!(
            "{host} resolves with {features}: say so in the guide"
        )),
    }
    if problems.is_empty() {
        return Ok(());
    }
    Err(TaskError::run(
        "cargo generate-lockfile",
        format!("failed for\n  - {}", problems.join("\n  - ")),
    ))
}

/// Returns what cargo says of an application with `host` and this crate.
fn resolve(host: &str, features: &str) -> Result<Result<(), String>, TaskError> {
    let root = cargo::workspace();
    let folder = root.join(ROOT);
    write(&folder, &manifest(&root, host, features))
        .map_err(|why| TaskError::source(folder.display().to_string(), why))?;
    let output = Command::new(env!("CARGO"))
        .args(["generate-lockfile", "--quiet"])
        .current_dir(&folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|why| TaskError::run("cargo generate-lockfile", why.to_string()))?;
    Ok(if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    })
}

fn write(folder: &Path, manifest: &str) -> std::io::Result<()> {
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("src/main.rs"), "fn main() {}\n")?;
    fs::write(folder.join("Cargo.toml"), manifest)
}

fn manifest(root: &Path, host: &str, features: &str) -> String {
    let root = root.display();
    format!(
        "[package]\nname = \"application\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         behavior-trace = {{ path = '{root}', {features} }}\n{host}\n"
    )
}
