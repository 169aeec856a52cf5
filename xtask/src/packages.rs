//! `cargo xtask packages`: holds each package of the workspace against what a registry needs.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::cargo;
use crate::error::TaskError;

/// Kept in each published package as a copy of the workspace's own, since a registry gets nothing from above its folder.
const LICENCES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];
/// The fields of a published manifest.
const FIELDS: [&str; 6] = [
    "description",
    "license",
    "repository",
    "readme",
    "rust_version",
    "categories",
];
const INCLUDE: &str = "include.workspace = true";
const FACADE: &str = "behavior-trace";

pub(crate) fn run(words: &[String]) -> Result<(), TaskError> {
    if let Some(word) = words.first() {
        return Err(TaskError::usage(format!("`packages` takes no `{word}`")));
    }
    let packages = workspace_packages()?;
    let root = cargo::workspace();
    let problems: Vec<String> = packages
        .iter()
        .filter(|package| is_published(package))
        .flat_map(|package| problems(package, &root))
        .collect();
    if problems.is_empty() {
        let published = packages.iter().filter(|package| is_published(package));
        println!("{} packages can be published", published.count());
        return Ok(());
    }
    Err(TaskError::run(
        "cargo xtask packages",
        format!(
            "found what a registry lacks:\n  - {}",
            problems.join("\n  - ")
        ),
    ))
}

/// The packages of the workspace, as `cargo metadata` describes them.
pub(crate) fn workspace_packages() -> Result<Vec<Value>, TaskError> {
    let metadata = cargo::read(&["metadata", "--format-version=1", "--no-deps"])?;
    let unreadable = |why: String| TaskError::source("the output of `cargo metadata`", why);
    let metadata: Value = serde_json::from_str(&metadata).map_err(|e| unreadable(e.to_string()))?;
    metadata["packages"]
        .as_array()
        .cloned()
        .ok_or_else(|| unreadable("no `packages`".to_owned()))
}

/// Returns whether a registry may get it. `publish = false` is an empty list of registries.
fn is_published(package: &Value) -> bool {
    package["publish"]
        .as_array()
        .is_none_or(|list| !list.is_empty())
}

/// Returns what a published package lacks.
fn problems(package: &Value, root: &Path) -> Vec<String> {
    let name = package["name"].as_str().unwrap_or("a package");
    let manifest = Path::new(package["manifest_path"].as_str().unwrap_or_default());
    let folder = manifest.parent().unwrap_or(root);
    let mut problems = Vec::new();
    let mut missing = |what: String| problems.push(format!("`{name}`: {what}"));

    for field in FIELDS {
        let value = &package[field];
        if value.is_null() || value.as_array().is_some_and(Vec::is_empty) {
            let key = field.replace('_', "-");
            missing(format!(
                "the manifest has no `{key}`; add `{key}.workspace = true`, or `publish = false`"
            ));
        }
    }
    if !fs::read_to_string(manifest).is_ok_and(|text| text.contains(INCLUDE)) {
        missing(format!(
            "the manifest has no list of files; add `{INCLUDE}`"
        ));
    }
    if !is_documented(&package["metadata"]["docs"]["rs"]) {
        missing(
            "the manifest has no settings for docs.rs; add `[package.metadata.docs.rs]` with `all-features = true` and \
             `rustdoc-args = [\"--cfg\", \"docsrs\"]`"
                .to_owned(),
        );
    }
    for licence in LICENCES {
        let copy = folder.join(licence);
        let is_file = fs::symlink_metadata(&copy).is_ok_and(|found| found.is_file());
        if !is_file || fs::read(&copy).ok() != fs::read(root.join(licence)).ok() {
            missing(format!(
                "`{licence}` is no copy of the workspace's; copy it, a link is not packaged alike everywhere"
            ));
        }
    }
    let readme = fs::read_to_string(folder.join("README.md")).unwrap_or_default();
    if name != FACADE && !readme.contains(&format!("https://crates.io/crates/{FACADE})")) {
        missing(format!(
            "`README.md` does not name `{FACADE}` as what users depend on; add the link"
        ));
    }
    problems
}

fn is_documented(docs_rs: &Value) -> bool {
    let arguments = docs_rs["rustdoc-args"].as_array();
    docs_rs["all-features"] == true
        && arguments.is_some_and(|list| list.iter().any(|argument| argument == "docsrs"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A workspace with one package that lacks nothing.
    fn workspace() -> (tempfile::TempDir, Value) {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("part");
        fs::create_dir(&folder).unwrap();
        for licence in LICENCES {
            fs::write(root.path().join(licence), licence).unwrap();
            fs::write(folder.join(licence), licence).unwrap();
        }
        let link = format!("[it](https://crates.io/crates/{FACADE})");
        fs::write(folder.join("README.md"), link).unwrap();
        fs::write(folder.join("Cargo.toml"), INCLUDE).unwrap();
        let package = json!({
            "name": "part", "description": "A part", "license": "MIT", "repository": "here", "readme": "README.md",
            "rust_version": "1.94", "categories": ["database"], "publish": null,
            "manifest_path": folder.join("Cargo.toml"),
            "metadata": {"docs": {"rs": {"all-features": true, "rustdoc-args": ["--cfg", "docsrs"]}}},
        });
        (root, package)
    }

    #[test]
    fn a_package_that_lacks_nothing_can_be_published() {
        let (root, package) = workspace();
        assert!(is_published(&package));
        assert_eq!(problems(&package, root.path()), [""; 0]);
    }

    #[test]
    fn a_package_that_is_kept_back_is_not_looked_at() {
        assert!(!is_published(&json!({"name": "xtask", "publish": []})));
    }

    #[test]
    fn each_field_that_is_missing_is_named() {
        for field in FIELDS {
            let (root, mut package) = workspace();
            package[field] = Value::Null;
            let problems = problems(&package, root.path());
            assert!(
                problems[0].contains(&field.replace('_', "-")),
                "{problems:?}"
            );
            assert_eq!(problems.len(), 1);
        }
        let (root, mut package) = workspace();
        package["metadata"]["docs"]["rs"]["all-features"] = json!(false);
        assert_eq!(problems(&package, root.path()).len(), 1);
    }

    #[test]
    fn each_file_that_differs_is_named() {
        for file in ["LICENSE-MIT", "LICENSE-APACHE", "README.md", "Cargo.toml"] {
            let (root, package) = workspace();
            fs::write(root.path().join("part").join(file), "another").unwrap();
            assert_eq!(problems(&package, root.path()).len(), 1, "{file}");
            fs::remove_file(root.path().join("part").join(file)).unwrap();
            assert_eq!(problems(&package, root.path()).len(), 1, "{file}");
        }
    }
}
