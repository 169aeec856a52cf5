//! The examples of this project, as copies: as they are, and without their attributes.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Score, coverage, items, package, verdicts};

/// The functions of each example that change something: those that do it, and the handlers of such requests.
const CHANGES: [(&str, &str, &[&str]); 6] = [
    (
        "axum",
        "main.rs",
        &[
            "create",
            "rename",
            "delete",
            "Users::create",
            "Users::rename",
            "Users::delete",
            "Users::welcome",
        ],
    ),
    ("cli", "src/main.rs", &["set", "remove"]),
    ("diesel", "src/main.rs", &["add", "transfer"]),
    (
        "actix-sea-orm",
        "src/main.rs",
        &["approve", "orders::approve", "set_approved", "take"],
    ),
    ("jobs", "src/main.rs", &["create_order", "create_invoice"]),
    (
        "quickstart",
        "main.rs",
        &["Users::create", "Users::update", "Users::remove"],
    ),
];

/// Copies the sources of an example into a package of their own.
fn copy(example: &str, root: &str, change: impl Fn(&str) -> String) -> tempfile::TempDir {
    let from = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../examples")
        .join(example)
        .join(Path::new(root).parent().expect("a folder"));
    let mut files: Vec<(String, String)> = Vec::new();
    for entry in fs::read_dir(from).expect("an example") {
        let path: PathBuf = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.file_name().expect("a name").to_string_lossy();
            let text = fs::read_to_string(&path).expect("a file");
            files.push((format!("src/{name}"), change(&text)));
        }
    }
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (&**name, &**text))
        .collect();
    package(&files)
}

/// Leaves the attributes out, and keeps the lines.
fn without_attributes(text: &str) -> String {
    let kept = text.lines().map(|line| {
        if line.trim_start().starts_with("#[behavior_trace(") {
            ""
        } else {
            line
        }
    });
    kept.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_examples_have_no_gap() {
    for (example, root, _) in CHANGES {
        let folder = copy(example, root, str::to_owned);
        let ran = coverage(folder.path(), &["--all"]);
        assert_eq!(ran.code, Some(0), "{example} {ran:?}");
        let covered = verdicts(&ran);
        assert!(!covered.is_empty(), "{example} {ran:?}");
        assert!(
            covered.values().all(|verdict| verdict == "covered"),
            "{example} {covered:?}"
        );
    }
}

#[test]
fn the_examples_without_their_attributes_are_found() {
    let mut score = Score::default();
    for (example, root, changes) in CHANGES {
        let folder = copy(example, root, without_attributes);
        let ran = coverage(folder.path(), &["--all"]);
        let mut found: Vec<String> = items(&ran)
            .iter()
            .filter_map(|item| {
                assert_eq!(item["verdict"], "gap", "{example} {item}");
                let (function, module) = (item["function"].as_str()?, item["module"].as_str()?);
                // A module's function, where the root has one of the same name.
                let is_named = changes.contains(&function) && module.matches("::").count() == 1;
                let path = format!("{}::{function}", module.rsplit("::").next()?);
                Some(if is_named && changes.contains(&&*path) {
                    path
                } else {
                    function.to_owned()
                })
            })
            .collect();
        for function in changes {
            let at = found.iter().position(|name| name == function);
            println!(
                "{example}: {function} {}",
                if at.is_some() { "found" } else { "missed" }
            );
            score.add(true, at.map(|at| found.swap_remove(at)).is_some());
        }
        for function in found {
            println!("{example}: {function} found, and it changes nothing");
            score.add(false, true);
        }
    }
    score.check("examples");
}

#[test]
fn an_attribute_that_is_removed_is_a_gap_with_its_file_and_line() {
    let folder = copy("diesel", "src/main.rs", without_attributes);
    let ran = coverage(folder.path(), &["--output", "table"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let text = fs::read_to_string(folder.path().join("src/main.rs")).expect("a file");
    let line = text.lines().position(|line| line.starts_with("fn add("));
    let place = format!("src/main.rs:{}", line.expect("a function") + 1);
    assert!(ran.out.contains(&place), "{place} in {}", ran.out);
    assert!(ran.err.contains("2 gaps: annotate"), "{ran:?}");
}
