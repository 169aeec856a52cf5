//! `cargo xtask deps`: checks the workspace against the import rules.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::cargo;
use crate::error::TaskError;
use crate::law::{self, Breach};

pub(crate) fn run(words: &[String]) -> Result<(), TaskError> {
    if let Some(word) = words.first() {
        return Err(TaskError::usage(format!("`deps` takes no `{word}`")));
    }
    let edges = edges(&cargo::read(&[
        "metadata",
        "--format-version=1",
        "--no-deps",
    ])?)?;
    let bare = [
        "tree",
        "--package=behavior-trace",
        "--no-default-features",
        "--edges=normal",
        "--prefix=none",
    ];
    let bare = packages_of_tree(&cargo::read(&bare)?);

    let mut breaches: Vec<Breach> = edges
        .iter()
        .filter_map(|(from, to)| law::judge_edge(from, to))
        .collect();
    breaches.extend(bare.iter().filter_map(|package| law::judge_bare(package)));
    if breaches.is_empty() {
        println!(
            "{} edges of the workspace and {} packages of the bare facade keep the law",
            edges.len(),
            bare.len()
        );
        return Ok(());
    }
    Err(TaskError::law(breaches))
}

/// Returns the dependencies between workspace packages from the output of `cargo metadata`, without those for tests.
fn edges(metadata: &str) -> Result<BTreeSet<(String, String)>, TaskError> {
    let unreadable =
        |why: &dyn std::fmt::Display| TaskError::source("the output of `cargo metadata`", why);
    let metadata: Value = serde_json::from_str(metadata).map_err(|e| unreadable(&e))?;
    let list = |value: &Value, name: &str| {
        value[name]
            .as_array()
            .cloned()
            .ok_or_else(|| unreadable(&format!("no `{name}`")))
    };
    let name = |value: &Value| {
        value["name"]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| unreadable(&"no `name`"))
    };
    let mut edges = BTreeSet::new();
    for package in list(&metadata, "packages")? {
        for dependency in list(&package, "dependencies")? {
            if dependency["kind"] != "dev" {
                edges.insert((name(&package)?, name(&dependency)?));
            }
        }
    }
    Ok(edges)
}

/// Returns the package names in the output of `cargo tree --prefix=none`.
fn packages_of_tree(tree: &str) -> BTreeSet<String> {
    tree.lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_for_tests_are_no_edges() {
        let metadata = r#"{"packages": [{"name": "behavior-trace-core", "dependencies": [
            {"name": "serde", "kind": null}, {"name": "sqlx", "kind": "dev"}, {"name": "cc", "kind": "build"}]}]}"#;
        let edges = edges(metadata).unwrap();
        let to: Vec<&str> = edges.iter().map(|(_, to)| to.as_str()).collect();
        assert_eq!(to, ["cc", "serde"]);
    }

    #[test]
    fn a_forbidden_edge_in_the_metadata_is_found() {
        let metadata = r#"{"packages": [{"name": "behavior-trace-layer", "dependencies": [
            {"name": "behavior-trace-runtime", "kind": null, "optional": true}]}]}"#;
        let edges = edges(metadata).unwrap();
        assert_eq!(
            edges
                .iter()
                .filter_map(|(from, to)| law::judge_edge(from, to))
                .count(),
            1
        );
    }

    #[test]
    fn metadata_of_another_shape_is_an_error() {
        assert!(edges("{}").is_err());
        assert!(edges("not json").is_err());
    }

    #[test]
    fn a_tree_is_read_by_its_names() {
        let tree = "behavior-trace v0.1.0 (/w)\nserde v1.0.1\nserde v1.0.1 (*)\n\ntokio v1.2.3\n";
        let packages = packages_of_tree(tree);
        assert_eq!(
            packages.into_iter().collect::<Vec<_>>(),
            ["behavior-trace", "serde", "tokio"]
        );
    }
}
