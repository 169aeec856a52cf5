//! Numbers of rows, and the reasons for which values are in another form.

use behavior_trace::import::{ImportNote, ImportReport};
use serde::{Deserialize, Serialize};

use crate::output::{Cell, Record};
use crate::when::Clock;

/// Numbers of rows, of one run or of several.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Totals {
    pub(super) read: u64,
    pub(super) stored: u64,
    pub(super) refused: u64,
    pub(super) notes: Vec<Note>,
}

/// Rows with the same reason.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Note {
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
                None => self.notes.push(Note::from(note)),
            }
        }
        self
    }
}

impl From<&ImportNote> for Note {
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

impl Record for Note {
    const FIELDS: &'static [&'static str] = &["reason", "rows", "example_id", "why", "detail"];

    fn headings(_: &Clock) -> Vec<String> {
        ["reason", "rows", "such as id", "why"]
            .map(str::to_owned)
            .to_vec()
    }

    fn cells(&self, _: &Clock) -> Vec<Cell> {
        let why = match &self.detail {
            Some(detail) => format!("{}: {detail}", self.why),
            None => self.why.clone(),
        };
        vec![
            Cell::new(&self.reason),
            Cell::number(self.rows),
            Cell::number(self.example_id),
            Cell::new(why),
        ]
    }
}
