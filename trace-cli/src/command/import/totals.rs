//! Numbers of rows, and the reasons for which values are in another form.

use behavior_trace::import::{ImportNote, ImportReport};
use serde::{Deserialize, Serialize};

use crate::output::{OutputRecord, TextCell};
use crate::when::ZonedClock;

/// Numbers of rows, of one run or of several.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Totals {
    pub(super) read: u64,
    pub(super) stored: u64,
    pub(super) refused: u64,
    pub(super) notes: Vec<NoteTotal>,
}

/// Rows with the same reason.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct NoteTotal {
    pub(super) reason: String,
    rows: u64,
    /// Id of one of them in the old table.
    pub(super) example_id: u64,
    /// What the reason means.
    why: String,
    /// Answer of the database about that row, if it refused the row.
    pub(super) detail: Option<String>,
}

impl Totals {
    /// Adds what a later run did.
    pub(super) fn plus(mut self, report: &ImportReport) -> Self {
        self.read += report.read;
        self.stored += report.stored;
        self.refused += report.refused;
        for note in &report.notes {
            let name = note.reason.name();
            match self.notes.iter_mut().find(|known| known.reason == name) {
                Some(known) => known.rows += note.rows,
                None => self.notes.push(NoteTotal::from(note)),
            }
        }
        self
    }
}

impl From<&ImportNote> for NoteTotal {
    fn from(note: &ImportNote) -> Self {
        Self {
            reason: note.reason.name().to_owned(),
            rows: note.rows,
            example_id: note.example_id,
            why: note.reason.explanation().to_owned(),
            detail: note.detail.clone(),
        }
    }
}

impl OutputRecord for NoteTotal {
    const FIELDS: &'static [&'static str] = &["reason", "rows", "example_id", "why", "detail"];

    fn headings(_: &ZonedClock) -> Vec<String> {
        ["reason", "rows", "such as id", "why"]
            .map(str::to_owned)
            .to_vec()
    }

    fn cells(&self, _: &ZonedClock) -> Vec<TextCell> {
        let why = match &self.detail {
            Some(detail) => format!("{}: {detail}", self.why),
            None => self.why.clone(),
        };
        vec![
            TextCell::new(&self.reason),
            TextCell::number(self.rows),
            TextCell::number(self.example_id),
            TextCell::new(why),
        ]
    }
}
