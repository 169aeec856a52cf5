//! Tables of the guide whose rows a command checks.

use std::fs;

use crate::cargo;
use crate::error::TaskError;

/// A section of a page of the documentation. Its rows with a digit are those that a command knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Section {
    /// The path of the page below the workspace's folder.
    pub(crate) page: &'static str,
    pub(crate) heading: &'static str,
}

impl Section {
    /// Reads the page, and names each of `lines` that it lacks and each other row with a digit.
    pub(crate) fn problems(self, lines: &[String]) -> Result<Vec<String>, TaskError> {
        let page = fs::read_to_string(cargo::workspace().join(self.page))
            .map_err(|error| TaskError::source(self.page, error))?;
        Ok(self.compare(&self.rows(&page), lines))
    }

    /// Returns the lines of the section, up to the next one.
    fn rows(self, page: &str) -> Vec<&str> {
        page.lines()
            .skip_while(|line| *line != self.heading)
            .skip(1)
            .take_while(|line| !line.starts_with("## "))
            .collect()
    }

    fn compare(self, rows: &[&str], lines: &[String]) -> Vec<String> {
        let Self { page, heading } = self;
        let missing = lines
            .iter()
            .filter(|line| !rows.contains(&line.as_str()))
            .map(|line| format!("{page}, \"{heading}\": write {line}"));
        let outdated = rows
            .iter()
            .filter(|row| row.starts_with("| ") && row.contains(|c: char| c.is_ascii_digit()))
            .filter(|row| !lines.iter().any(|line| line == *row))
            .map(|row| format!("{page}, \"{heading}\": remove {row}"));
        missing.chain(outdated).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECTION: Section = Section {
        page: "page.md",
        heading: "## Here",
    };

    #[test]
    fn the_section_ends_at_the_next_one() {
        let page = "# A\n| `x` | 1 |\n## Here\n| `y` | 2 |\n## B\n| `z` | 3 |\n";
        assert_eq!(SECTION.rows(page), ["| `y` | 2 |"]);
    }

    #[test]
    fn a_wrong_number_is_named_with_the_line_to_write() {
        let table = ["| feature | packages |", "|---|--:|", "| `http` | 3 |"];
        let right = ["| `http` | 3 |".to_owned()];
        assert_eq!(SECTION.compare(&table, &right), [""; 0]);
        let problems = SECTION.compare(&table, &["| `http` | 4 |".to_owned()]);
        assert_eq!(
            problems,
            [
                "page.md, \"## Here\": write | `http` | 4 |",
                "page.md, \"## Here\": remove | `http` | 3 |"
            ]
        );
    }
}
