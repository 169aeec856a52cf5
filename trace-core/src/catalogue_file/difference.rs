//! The committed file against the catalogue of the program.

use std::path::Path;

use super::WRITE_VARIABLE;

/// Number of lines that a message shows of each side.
const MAX_LINES: usize = 40;

/// The file, as it was found.
pub(super) enum Committed {
    Text(String),
    Missing,
}

/// The way in which the file is not the catalogue.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Difference {
    Missing,
    /// The same call sites in another order or layout, or another schema.
    Form,
    Differs {
        only_committed: Vec<String>,
        only_built: Vec<String>,
    },
}

impl Difference {
    /// Returns the difference; `None` if the file is the catalogue.
    pub(super) fn between(committed: &Committed, built: &str) -> Option<Self> {
        let Committed::Text(committed) = committed else {
            return Some(Self::Missing);
        };
        // git may have given the file the line ends of Windows.
        if committed.replace("\r\n", "\n") == built {
            return None;
        }
        let only_committed = missing_in(built, committed);
        let only_built = missing_in(committed, built);
        if only_committed.is_empty() && only_built.is_empty() {
            return Some(Self::Form);
        }
        Some(Self::Differs {
            only_committed,
            only_built,
        })
    }

    /// Returns the message of a failed test.
    pub(super) fn message(&self, path: &Path) -> String {
        let place = path.display();
        let found = match self {
            Self::Missing => {
                format!("there is no file `{place}` with the catalogue of this program")
            }
            Self::Form => format!("`{place}` has the catalogue of this program in another form"),
            Self::Differs {
                only_committed,
                only_built,
            } => format!(
                "the catalogue of this program differs from `{place}` (-)\n{}{}",
                listed('-', only_committed),
                listed('+', only_built)
            ),
        };
        let found = found.trim_end();
        format!(
            "{found}\nto keep the new catalogue, run the test with {WRITE_VARIABLE}=write and commit the file"
        )
    }
}

/// Returns the lines of `text` with a call site that `other` has not.
fn missing_in(other: &str, text: &str) -> Vec<String> {
    let others: Vec<_> = callsites(other).collect();
    let missing = callsites(text).filter(|line| !others.contains(line));
    missing.map(str::to_owned).collect()
}

/// Returns the lines that have an entry, without what separates them.
fn callsites(text: &str) -> impl Iterator<Item = &str> {
    let lines = text.lines().map(|line| line.trim().trim_end_matches(','));
    lines.filter(|line| line.contains("\"action\""))
}

/// Returns the lines with a mark in front. A longer list ends with the number of the others.
fn listed(mark: char, lines: &[String]) -> String {
    let shown = lines.iter().take(MAX_LINES);
    let mut marked: Vec<_> = shown.map(|line| format!("{mark} {line}")).collect();
    if lines.len() > MAX_LINES {
        marked.push(format!("{mark} and {} more", lines.len() - MAX_LINES));
    }
    marked.push(String::new());
    marked.join("\n")
}
