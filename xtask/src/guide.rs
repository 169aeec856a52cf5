//! `cargo xtask guide`: checks the documentation: each page of the guide is in its summary, and each relative link leads somewhere.
//!
//! The book itself is built by continuous integration (`mdbook build docs/guide`): installing mdBook takes more than three
//! minutes of one processor.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::cargo;
use crate::error::TaskError;

/// Pages outside of `docs/`; one that is missing is passed over.
const PAGES: [&str; 5] = [
    "README.md",
    "contrib/README.md",
    "CONTRIBUTING.md",
    "ARCHITECTURE.md",
    "SECURITY.md",
];
const GUIDE: &str = "docs/guide/src";
const SUMMARY: &str = "SUMMARY.md";
/// A page of the book links to files outside of it by their public address.
const REPOSITORY: &str = "https://github.com/behaviortrace/behavior-trace/blob/main/";

pub(crate) fn run(words: &[String]) -> Result<(), TaskError> {
    if let Some(word) = words.first() {
        return Err(TaskError::usage(format!("`guide` takes no `{word}`")));
    }
    let root = cargo::workspace();
    let mut pages = BTreeMap::new();
    let mut paths: Vec<PathBuf> = PAGES.iter().map(PathBuf::from).collect();
    markdown_below(&root, Path::new("docs"), &mut paths)?;
    for path in paths {
        match fs::read_to_string(root.join(&path)) {
            Ok(text) => pages.insert(path, text),
            Err(_) if !path.starts_with("docs") => None,
            Err(error) => return Err(TaskError::source(path.display().to_string(), error)),
        };
    }
    let mut problems = unlisted(&pages);
    problems.extend(dead_links(&pages, |path| root.join(path).exists()));
    if problems.is_empty() {
        println!("{} pages: every link leads somewhere", pages.len());
        return Ok(());
    }
    for problem in problems {
        eprintln!("{problem}");
    }
    Err(TaskError::told())
}

fn markdown_below(root: &Path, folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), TaskError> {
    let failed = |error| TaskError::source(folder.display().to_string(), error);
    for entry in fs::read_dir(root.join(folder)).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = folder.join(entry.file_name());
        if entry.file_type().map_err(failed)?.is_dir() {
            markdown_below(root, &path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path);
        }
    }
    Ok(())
}

/// Returns the pages of the guide that its summary does not list. What it lists and is not there is a dead link.
fn unlisted(pages: &BTreeMap<PathBuf, String>) -> Vec<String> {
    let guide = Path::new(GUIDE);
    let listed: BTreeSet<PathBuf> = pages
        .get(&guide.join(SUMMARY))
        .map(|summary| links(summary))
        .unwrap_or_default()
        .into_iter()
        .map(|link| guide.join(link.target))
        .collect();
    pages
        .keys()
        .filter(|page| page.starts_with(guide) && !page.ends_with(SUMMARY))
        .filter(|page| !listed.contains(*page))
        .map(|page| format!("{}: not in {SUMMARY}", page.display()))
        .collect()
}

/// Returns the links that lead to no file, or to no heading of their page.
fn dead_links(pages: &BTreeMap<PathBuf, String>, exists: impl Fn(&Path) -> bool) -> Vec<String> {
    let mut problems = Vec::new();
    for (page, text) in pages {
        for link in links(text) {
            if let Some(reason) = reason_against(page, &link.target, pages, &exists) {
                let Link { line, target } = link;
                problems.push(format!("{}:{line}: {target}: {reason}", page.display()));
            }
        }
    }
    problems
}

fn reason_against(
    page: &Path,
    target: &str,
    pages: &BTreeMap<PathBuf, String>,
    exists: impl Fn(&Path) -> bool,
) -> Option<&'static str> {
    let (target, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = if let Some(path) = target.strip_prefix(REPOSITORY) {
        PathBuf::from(path)
    } else if target.contains(':') {
        return None;
    } else if target.is_empty() {
        page.to_owned()
    } else {
        let folder = page.parent().unwrap_or(Path::new(""));
        let Some(path) = normal(&folder.join(target)) else {
            return Some("leaves the repository");
        };
        if page.starts_with(GUIDE) && !path.starts_with(GUIDE) {
            return Some("leaves the book; give the public address");
        }
        path
    };
    if !exists(&path) {
        return Some("no such file");
    }
    let is_there = anchor.is_empty()
        || pages
            .get(&path)
            .is_some_and(|text| anchors(text).contains(anchor));
    (!is_there).then_some("no such heading")
}

/// Returns the path without `.` and `..`, unless it climbs out.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut whole = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => whole.pop().then_some(())?,
            Component::CurDir => {}
            part => whole.push(part),
        }
    }
    Some(whole)
}

#[derive(Debug, PartialEq, Eq)]
struct Link {
    line: usize,
    target: String,
}

/// Returns the targets of `[text](target)` and of `[name]: target`.
fn links(text: &str) -> Vec<Link> {
    let mut links = Vec::new();
    for (line, text) in prose(text) {
        let mut add = |target: &str| {
            let target = target.to_owned();
            links.push(Link { line, target });
        };
        let text = without_code(text);
        for (at, _) in text.match_indices("](") {
            let rest = &text[at + 2..];
            if let Some(end) = rest.find([')', ' ']) {
                add(&rest[..end]);
            }
        }
        if text.starts_with('[')
            && let Some((_, target)) = text.split_once("]: ")
        {
            add(target.trim());
        }
    }
    links
}

/// Returns the anchors of all headings, as GitHub and mdBook make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for (_, line) in prose(text) {
        let heading = line.trim_start_matches('#');
        if heading.len() == line.len() || !heading.starts_with(' ') {
            continue;
        }
        let anchor = anchor(heading.trim());
        let repeated = (1..).map(|count| format!("{anchor}-{count}"));
        let mut names = std::iter::once(anchor.clone()).chain(repeated);
        anchors.extend(names.find(|name| !anchors.contains(name)));
    }
    anchors
}

fn anchor(heading: &str) -> String {
    heading
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            '-' | '_' => Some(c),
            c => c.is_alphanumeric().then_some(c),
        })
        .flat_map(char::to_lowercase)
        .collect()
}

/// Returns the lines outside of blocks of code, counted from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_code = false;
    (1..).zip(text.lines()).filter(move |(_, line)| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// Returns the line without what is between backticks.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(pages: &[(&str, &str)]) -> BTreeMap<PathBuf, String> {
        pages
            .iter()
            .map(|(path, text)| (PathBuf::from(path), (*text).to_owned()))
            .collect()
    }

    #[track_caller]
    fn dead(text: &str, expected: &[&str]) {
        let pages = pages(&[("docs/a.md", text), ("docs/b/c.md", "# One `two`: three\n")]);
        let found = dead_links(&pages, |path| pages.contains_key(path));
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn a_link_to_a_page_and_a_heading_is_good() {
        dead("[c](b/c.md), [d](b/c.md#one-two-three)", &[]);
        dead("# Here\n[here](#here)", &[]);
        dead("[c][c]\n\n[c]: b/../b/c.md", &[]);
        dead("[c](https://example.org/nowhere#x)", &[]);
        dead(
            "[c](https://github.com/behaviortrace/behavior-trace/blob/main/docs/b/c.md)",
            &[],
        );
    }

    #[test]
    fn a_link_to_nothing_is_named_with_its_place() {
        dead("\n[d](b/d.md)", &["docs/a.md:2: b/d.md: no such file"]);
        dead(
            "[c](b/c.md#one)",
            &["docs/a.md:1: b/c.md#one: no such heading"],
        );
        dead("[d]: b/d.md", &["docs/a.md:1: b/d.md: no such file"]);
        dead(
            "[up](../../up.md)",
            &["docs/a.md:1: ../../up.md: leaves the repository"],
        );
        let address = "https://github.com/behaviortrace/behavior-trace/blob/main/docs/d.md";
        dead(
            &format!("[d]({address})"),
            &[&format!("docs/a.md:1: {address}: no such file")],
        );
    }

    #[test]
    fn code_has_no_links() {
        dead("```text\n[d](d.md)\n```\n`[d](d.md)`", &[]);
    }

    #[test]
    fn a_page_that_the_summary_does_not_list_is_named() {
        let pages = pages(&[
            ("docs/guide/src/SUMMARY.md", "- [A](a.md)\n"),
            ("docs/guide/src/a.md", ""),
            ("docs/guide/src/b.md", ""),
            ("docs/other.md", ""),
        ]);
        assert_eq!(unlisted(&pages), ["docs/guide/src/b.md: not in SUMMARY.md"]);
    }

    #[test]
    fn a_page_of_the_book_links_out_of_it_by_address() {
        let pages = pages(&[
            ("docs/guide/src/a.md", "[b](../../b.md)"),
            ("docs/b.md", ""),
        ]);
        let found = dead_links(&pages, |path| pages.contains_key(path));
        let reason = "leaves the book; give the public address";
        assert_eq!(
            found,
            [format!("docs/guide/src/a.md:1: ../../b.md: {reason}")]
        );
    }

    #[test]
    fn headings_of_the_same_text_are_numbered() {
        let names: Vec<_> = anchors("# A\n## A\n```\n# B\n```\n").into_iter().collect();
        assert_eq!(names, ["a", "a-1"]);
    }
}
