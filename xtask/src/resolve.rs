//! `cargo xtask resolve`: checks the guide's table of the database crates beside which this one resolves.
//!
//! Cargo allows one `libsqlite3-sys` a program. The feature `sqlite` brings one; without it none of ours may appear.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::cargo;
use crate::error::TaskError;
use crate::table::Section;

/// Below the workspace's folder.
const ROOT: &str = "target/resolve";
const SECTION: Section = Section {
    page: "docs/guide/src/compatibility.md",
    heading: "## Beside another database crate",
};

/// The features of the table's columns. Every application resolves with the second.
const DEFAULT: &str = "default-features = true";
const WITHOUT_SQLITE: &str =
    "default-features = false, features = [\"runtime\", \"mysql\", \"tls-rustls-ring\"]";

/// What an application may have, and its name in the guide; each holds a `libsqlite3-sys`.
const HOSTS: [(&str, &str); 17] = [
    (
        "sqlx 0.6",
        r#"sqlx = { version = "0.6", features = ["runtime-tokio-rustls", "sqlite"] }"#,
    ),
    (
        "sqlx 0.7",
        r#"sqlx = { version = "0.7", features = ["runtime-tokio-rustls", "mysql", "sqlite"] }"#,
    ),
    (
        "sqlx 0.8",
        r#"sqlx = { version = "0.8", features = ["runtime-tokio", "mysql", "sqlite"] }"#,
    ),
    (
        "sqlx 0.9",
        r#"sqlx = { version = "0.9", features = ["runtime-tokio", "mysql", "sqlite"] }"#,
    ),
    (
        "diesel 1.4",
        r#"diesel = { version = "1.4", features = ["sqlite"] }"#,
    ),
    (
        "diesel 2.0",
        r#"diesel = { version = "~2.0", features = ["sqlite"] }"#,
    ),
    (
        "diesel 2.1",
        r#"diesel = { version = "~2.1", features = ["sqlite"] }"#,
    ),
    (
        "diesel 2.2",
        r#"diesel = { version = "~2.2", features = ["sqlite"] }"#,
    ),
    (
        "diesel 2.3",
        r#"diesel = { version = "~2.3", features = ["sqlite"] }"#,
    ),
    (
        "sea-orm 0.12",
        r#"sea-orm = { version = "0.12", features = ["runtime-tokio-rustls", "sqlx-sqlite"] }"#,
    ),
    (
        "sea-orm 1",
        r#"sea-orm = { version = "1", features = ["runtime-tokio-rustls", "sqlx-sqlite"] }"#,
    ),
    (
        "sea-orm 2",
        r#"sea-orm = { version = "2", features = ["runtime-tokio-rustls", "sqlx-sqlite"] }"#,
    ),
    ("rusqlite 0.29", r#"rusqlite = "0.29""#),
    ("rusqlite 0.31", r#"rusqlite = "0.31""#),
    ("rusqlite 0.32", r#"rusqlite = "0.32""#),
    ("rusqlite 0.39", r#"rusqlite = "0.39""#),
    ("rusqlite 0.40", r#"rusqlite = "0.40""#),
];

pub(crate) fn run(words: &[String]) -> Result<(), TaskError> {
    match words.first() {
        Some(word) => Err(TaskError::usage(format!("`resolve` takes no `{word}`"))),
        None => check(),
    }
}

/// Makes lock files for each application, from the index of the registry, and compares what resolves with the guide. Nothing
/// is downloaded or built.
pub(crate) fn check() -> Result<(), TaskError> {
    let mut problems = Vec::new();
    let mut lines = Vec::new();
    for (name, host) in HOSTS {
        let with_default = match resolve(host, DEFAULT)? {
            Ok(()) => "yes",
            Err(why) if is_of_sqlite(&why) => "no",
            Err(why) => {
                problems.push(format!("{name}, for another reason than SQLite: {why}"));
                "no"
            }
        };
        if let Err(why) = resolve(host, WITHOUT_SQLITE)? {
            problems.push(format!("{name}, without the feature `sqlite`: {why}"));
        }
        lines.push(format!("| {name} | {with_default} | yes |"));
    }
    problems.extend(SECTION.problems(&lines)?);
    if problems.is_empty() {
        println!("{} lines of {} are true", lines.len(), SECTION.page);
        return Ok(());
    }
    Err(TaskError::run(
        "cargo generate-lockfile",
        format!("failed for\n  - {}", problems.join("\n  - ")),
    ))
}

fn is_of_sqlite(why: &str) -> bool {
    why.contains("links to the native library `sqlite3`")
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
