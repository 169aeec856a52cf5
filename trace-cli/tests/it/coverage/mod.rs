//! `behavior-trace coverage` on sources that are never compiled.

mod baseline;
mod examples;
mod settings;
mod verdicts;
mod walk;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::tool::{Ran, tool};

/// Runs the command in a folder, where it finds cargo.
fn coverage(folder: &Path, words: &[&str]) -> Ran {
    let mut command: Command = tool(folder);
    command.env("XDG_CONFIG_HOME", folder.join("none"));
    for name in ["CARGO", "CARGO_HOME", "HOME", "PATH", "RUSTUP_HOME"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command.arg("coverage").args(words);
    Ran::of(command.output().expect("the tool runs"))
}

/// Returns the items of a report.
fn items(ran: &Ran) -> Vec<Value> {
    let line = |line: &str| serde_json::from_str(line).expect("JSON");
    ran.out.lines().map(line).collect()
}

/// Returns the verdicts of functions by file and name.
fn verdicts(ran: &Ran) -> BTreeMap<(String, String), String> {
    let functions = items(ran).into_iter().filter_map(|item| {
        let file = item["file"].as_str()?.to_owned();
        let function = item["function"].as_str()?.to_owned();
        Some(((file, function), item["verdict"].as_str()?.to_owned()))
    });
    functions.collect()
}

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/coverage")
}

/// Writes a package without dependencies, of these files.
fn package(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let manifest = "[package]\nname = \"shop\"\nedition = \"2024\"\n\n[workspace]\n";
    for (path, text) in [("Cargo.toml", manifest)].iter().chain(files) {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("written");
    }
    folder
}

/// How many functions were found, and how many of them and of all change something.
#[derive(Default)]
struct Score {
    found: u32,
    rightly_found: u32,
    changes: u32,
}

impl Score {
    fn add(&mut self, changes: bool, is_found: bool) {
        self.found += u32::from(is_found);
        self.changes += u32::from(changes);
        self.rightly_found += u32::from(changes && is_found);
    }

    /// Prints both numbers, and asserts precision ≥ 0.8 and recall ≥ 0.9.
    fn check(&self, of: &str) {
        let precision = f64::from(self.rightly_found) / f64::from(self.found);
        let recall = f64::from(self.rightly_found) / f64::from(self.changes);
        println!(
            "{of}: precision {precision:.2} ({} of {} found), recall {recall:.2} ({} of {} that change)",
            self.rightly_found, self.found, self.rightly_found, self.changes
        );
        assert!(precision >= 0.8, "{of}: precision {precision}");
        assert!(recall >= 0.9, "{of}: recall {recall}");
    }
}
