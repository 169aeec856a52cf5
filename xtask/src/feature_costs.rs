//! `cargo xtask features`: checks the guide's tables of what each feature of the facade adds to a program.

use std::collections::BTreeSet;

use crate::cargo;
use crate::error::TaskError;
use crate::features;
use crate::packages::workspace_packages;
use crate::table::Section;

const SECTION: Section = Section {
    page: "docs/guide/src/compatibility.md",
    heading: "## What each feature adds",
};
/// Other targets have other packages, so one is counted everywhere.
const TARGET: &str = "--target=x86_64-unknown-linux-gnu";

/// Programs that need little, and their features.
const PROGRAMS: [(&str, &[&str]); 4] = [
    ("annotates only", &[]),
    ("logs only", &["runtime"]),
    ("reads only", &["mysql", "tls-rustls-ring"]),
    (
        "records to MySQL only",
        &["runtime", "mysql", "tls-rustls-ring"],
    ),
];

/// The most packages of what must not grow: the facade without features, and with the default ones.
const BARE_MOST: usize = 26;
const DEFAULT_MOST: usize = 144;

pub(crate) fn run(words: &[String]) -> Result<(), TaskError> {
    match words.first() {
        Some(word) => Err(TaskError::usage(format!("`features` takes no `{word}`"))),
        None => check(),
    }
}

/// Counts the packages of each feature and compares them with the guide.
pub(crate) fn check() -> Result<(), TaskError> {
    let bare = packages(&[])?;
    let mut lines = Vec::new();
    let mut problems = Vec::new();
    problems.extend(growth("the facade without features", bare.len(), BARE_MOST));
    for feature in features::of_facade(&workspace_packages()?)? {
        let found = packages(&[&feature])?;
        if feature == "default" {
            problems.extend(growth("the default features", found.len(), DEFAULT_MOST));
        }
        let added = found.difference(&bare).count();
        lines.push(format!("| `{feature}` | {added} |"));
    }
    for (program, features) in PROGRAMS {
        let count = packages(features)?.len();
        lines.push(format!("| {program} | {} | {count} |", names(features)));
    }
    problems.extend(SECTION.problems(&lines)?);
    if problems.is_empty() {
        println!(
            "{} lines of {} are true; {} packages without features",
            lines.len(),
            SECTION.page,
            bare.len()
        );
        return Ok(());
    }
    for problem in problems {
        eprintln!("{problem}");
    }
    Err(TaskError::told())
}

/// Returns the packages of a program with the facade and these features, the facade among them.
fn packages(features: &[&str]) -> Result<BTreeSet<String>, TaskError> {
    let features = format!("--features={}", features.join(","));
    let tree = cargo::read(&[
        "tree",
        "--package=behavior-trace",
        "--no-default-features",
        &features,
        "--edges=normal",
        "--prefix=none",
        TARGET,
    ])?;
    Ok(packages_of(&tree))
}

/// Returns name and version of each package in the output of `cargo tree --prefix=none`.
fn packages_of(tree: &str) -> BTreeSet<String> {
    tree.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some(format!("{} {}", words.next()?, words.next()?))
        })
        .collect()
}

fn growth(what: &str, count: usize, most: usize) -> Option<String> {
    (count > most).then(|| format!("{what} must not grow: {count} packages instead of {most}"))
}

fn names(features: &[&str]) -> String {
    if features.is_empty() {
        return "none".to_owned();
    }
    let quoted: Vec<_> = features.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_counts_once_a_version() {
        let tree = "a v1.0.0 (/w)\nhttp v0.2.12\nhttp v1.1.0\nhttp v1.1.0 (*)\n\n";
        let packages = packages_of(tree).into_iter().collect::<Vec<_>>();
        assert_eq!(packages, ["a v1.0.0", "http v0.2.12", "http v1.1.0"]);
    }

    #[test]
    fn growth_is_a_problem_and_shrinking_is_none() {
        assert!(growth("x", 27, 26).is_some());
        assert!(growth("x", 25, 26).is_none());
    }
}
