//! What became of the rows.

use behavior_trace::import::{ImportReason, ImportReport};
use serde::Serialize;

use super::totals::Totals;
use crate::failure::Failure;
use crate::output::{Color, OutputFormat, OutputRecord, TextCell, escaped};
use crate::session::CommandSession;
use crate::when::ZonedClock;
use crate::words::counted;

/// Result of an import.
#[derive(Serialize)]
pub(super) struct Summary {
    table: String,
    generation: String,
    dry_run: bool,
    #[serde(flatten)]
    totals: Totals,
    last_id: u64,
    end_id: u64,
    elapsed_seconds: f64,
}

/// Returns how far an import is, in words.
pub(super) fn words(report: &ImportReport) -> String {
    let read = counted(report.read, "row");
    let (last_id, end_id) = (report.position.last_id(), report.end_id);
    let refused = match report.refused {
        0 => String::new(),
        refused => format!(", {refused} refused"),
    };
    format!("{read} up to id {last_id} of {end_id}{refused}")
}

impl Summary {
    pub(super) fn new(report: &ImportReport, totals: Totals, dry_run: bool) -> Self {
        Self {
            table: report.table.clone(),
            generation: report.generation.name().to_owned(),
            dry_run,
            totals,
            last_id: report.position.last_id(),
            end_id: report.end_id,
            elapsed_seconds: report.elapsed.as_secs_f64(),
        }
    }

    /// Prints the result, and decides how the command ends.
    pub(super) fn print(self, session: &mut CommandSession) -> Result<(), Failure> {
        if session.output.format == OutputFormat::Table {
            session.output.pairs(&self.in_full())?;
            let mut list = session.output.list(&session.clock);
            for note in &self.totals.notes {
                list.item(note)?;
            }
            list.end(None)?;
        } else {
            session.output.one(&self, &session.clock)?;
        }
        match self.refused() {
            Some(refused) => Err(Failure::found(refused)),
            None => Ok(()),
        }
    }

    /// Returns the rows that were refused, in words.
    fn refused(&self) -> Option<String> {
        let refused = (self.totals.refused > 0).then(|| counted(self.totals.refused, "row"))?;
        let name = ImportReason::Refused.name();
        let mut notes = self.totals.notes.iter();
        let note = notes.find(|note| note.reason == name)?;
        // A database may quote the row in its answer.
        let answer = escaped(note.detail.as_deref().unwrap_or_default());
        let id = note.example_id;
        Some(format!(
            "the database refused {refused}, in the old table alone now, such as id {id}: {answer}"
        ))
    }

    fn in_full(&self) -> Vec<(String, TextCell)> {
        let Totals {
            read,
            stored,
            refused,
            ..
        } = self.totals;
        let table = format!("{} ({})", self.table, self.generation);
        let up_to = format!("id {} of {}", self.last_id, self.end_id);
        let color = if refused > 0 {
            Color::Red
        } else {
            Color::Plain
        };
        let mut parts = vec![
            ("table", TextCell::new(table)),
            ("read", TextCell::number(read)),
            ("stored", TextCell::number(stored)),
            ("refused", TextCell::number(refused).color(color)),
            ("up to", TextCell::new(up_to)),
        ];
        if self.dry_run {
            parts.drain(2..4);
        }
        let named = parts
            .into_iter()
            .map(|(name, cell)| (name.to_owned(), cell));
        named.collect()
    }
}

impl OutputRecord for Summary {
    const FIELDS: &'static [&'static str] = &[
        "table",
        "generation",
        "dry_run",
        "read",
        "stored",
        "refused",
        "last_id",
        "end_id",
        "elapsed_seconds",
        "notes",
    ];

    fn headings(_: &ZonedClock) -> Vec<String> {
        Vec::new()
    }

    fn cells(&self, _: &ZonedClock) -> Vec<TextCell> {
        Vec::new()
    }
}
