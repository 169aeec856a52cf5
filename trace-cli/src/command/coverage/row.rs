//! A function of the report, or a place that was not looked into.

use serde::Serialize;

use crate::output::{Color, OutputRecord, TextCell, escaped};
use crate::when::ZonedClock;

/// The verdict as one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Word {
    Gap,
    /// A gap of the baseline.
    Known,
    Covered,
    Exempt,
    NotLookedInto,
}

/// One item of the report.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) file: String,
    pub(super) line: usize,
    pub(super) package: String,
    pub(super) module: Option<String>,
    pub(super) function: Option<String>,
    /// Why it is a candidate, or is not looked into.
    pub(super) why: Vec<String>,
    pub(super) verdict: Word,
    /// What covers it, or the reason of its exemption.
    pub(super) by: Option<String>,
}

impl OutputRecord for Row {
    const FIELDS: &'static [&'static str] = &[
        "file", "line", "package", "module", "function", "why", "verdict", "by",
    ];

    fn headings(_: &ZonedClock) -> Vec<String> {
        [
            "place",
            "function",
            "why it may change something",
            "verdict",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    fn cells(&self, _: &ZonedClock) -> Vec<TextCell> {
        let (verdict, color) = match self.verdict {
            Word::Gap => ("gap", Color::Red),
            Word::Known => ("known gap", Color::Yellow),
            Word::Covered => ("covered", Color::Green),
            Word::Exempt => ("exempt", Color::Dim),
            Word::NotLookedInto => ("not looked into", Color::Yellow),
        };
        let by = self
            .by
            .as_ref()
            .map(|by| escaped(&format!(": {by}")))
            .unwrap_or_default();
        vec![
            TextCell::new(format!("{}:{}", self.file, self.line)),
            TextCell::new(self.function.as_deref().unwrap_or("")),
            TextCell::new(self.why.join(", ")),
            TextCell::new(format!("{verdict}{by}")).color(color),
        ]
    }
}
