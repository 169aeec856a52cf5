//! The guide's pages on frameworks have the code of these programs, and no other.

use std::fs;
use std::path::{Path, PathBuf};

const GUIDE: &str = "../../docs/guide/src";
const PAGES: [&str; 3] = ["axum.md", "actix-web.md", "rocket.md"];
/// The guide's address, and that of the tests.
const ADDRESS: (&str, &str) = ("\"127.0.0.1:3000\"", "behavior_trace_recipes::address()");

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let files = fs::read_dir(root().join(folder)).expect("a folder");
    let paths = files.map(|file| file.expect("a file").path());
    let sources = paths.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    sources.map(|path| (path.clone(), read(&path))).collect()
}

fn programs() -> Vec<(PathBuf, String)> {
    sources("src/bin")
}

/// Returns the code of the pages, with the address of the tests.
fn blocks() -> Vec<String> {
    let (from, to) = ADDRESS;
    let mut blocks = Vec::new();
    for page in PAGES {
        let page = read(&root().join(GUIDE).join(page));
        let starts = page.split("```rust\n").skip(1);
        let found = starts.map(|rest| rest.split("```").next().unwrap_or_default());
        blocks.extend(found.map(|block| block.replace(from, to)));
    }
    blocks
}

#[test]
fn the_pages_show_the_code_that_runs_here() {
    let blocks = blocks();
    let programs = programs();
    for (path, program) in &programs {
        let shown = blocks.iter().any(|block| program.contains(&**block));
        assert!(shown, "{} is not in the guide", path.display());
    }
    let sources = [programs, sources("src")].concat();
    for block in &blocks {
        let runs = sources.iter().any(|(_, source)| source.contains(&**block));
        assert!(runs, "no program has this part of the guide:\n{block}");
    }
}

#[test]
fn main_has_five_lines_for_the_recorder_at_most() {
    let ours = [
        "BehaviorTrace",
        "recorder",
        "ContextLayer",
        "ActorLayer",
        "context_layer",
        "in_context",
        "request_id",
        "ContextMiddleware",
    ];
    for (path, program) in programs() {
        let main = ["\nasync fn main()", "\nfn rocket()"]
            .iter()
            .find_map(|main| program.split_once(main));
        let (_, main) = main.expect("a main");
        let lines: Vec<_> = main
            .lines()
            .filter(|line| ours.iter().any(|name| line.contains(name)))
            .collect();
        let count = lines.len();
        assert!((3..=5).contains(&count), "{}: {lines:#?}", path.display());
    }
}
