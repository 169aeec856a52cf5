//! The slots of a spool directory, listed and shown.

use behavior_trace::spool::{SpoolInfo, Spools};
use indicatif::HumanBytes;
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{Cell, Color, OutputFormat, Record, escaped};
use crate::session::Session;
use crate::when::Clock;

/// A slot as an item of a list.
#[derive(Serialize)]
#[serde(transparent)]
struct SlotRow(SpoolInfo);

pub(super) async fn list(session: &mut Session, spools: &Spools) -> Result<(), Failure> {
    let slots = spools.list().await?;
    if slots.is_empty() {
        session.note("no slots: no recorder has used this directory");
    }
    let mut list = session.output.list(&session.clock);
    for slot in slots {
        list.item(&SlotRow(slot))?;
    }
    Ok(list.end(None)?)
}

pub(super) async fn show(
    session: &mut Session,
    spools: &Spools,
    slot: usize,
) -> Result<(), Failure> {
    let found = spools.show(slot).await;
    let row = SlotRow(found.map_err(Failure::of_missing)?);
    if session.output.format == OutputFormat::Table {
        let parts = row.in_full(&session.clock);
        return Ok(session.output.pairs(&parts)?);
    }
    Ok(session.output.one(&row, &session.clock)?)
}

impl Record for SlotRow {
    const FIELDS: &'static [&'static str] = &[
        "slot",
        "owner_alive",
        "rows",
        "bytes",
        "oldest",
        "dead_letters",
        "damaged_files",
        "problem",
    ];

    fn headings(clock: &Clock) -> Vec<String> {
        let oldest = format!("oldest ({})", clock.zone());
        [
            "slot",
            "owner",
            "rows",
            "size",
            &oldest,
            "dead letters",
            "damaged files",
            "problem",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    fn cells(&self, clock: &Clock) -> Vec<Cell> {
        let slot = &self.0;
        vec![
            Cell::number(slot.slot),
            self.owner(),
            of_waiting(slot.rows),
            Cell::number(HumanBytes(slot.bytes)),
            self.oldest(clock),
            of_waiting(slot.dead_letters),
            of_waiting(Some(slot.damaged_files.len() as u64)),
            Cell::new(slot.problem.as_deref().unwrap_or_default()).color(Color::Red),
        ]
    }
}

impl SlotRow {
    fn owner(&self) -> Cell {
        if self.0.owner_alive {
            Cell::new("alive").color(Color::Green)
        } else {
            Cell::new("gone").color(Color::Dim)
        }
    }

    fn oldest(&self, clock: &Clock) -> Cell {
        let oldest = self.0.oldest.map(|oldest| clock.show(oldest));
        Cell::new(oldest.unwrap_or_default())
    }

    /// Returns all of a slot as pairs of name and value.
    fn in_full(&self, clock: &Clock) -> Vec<(String, Cell)> {
        let slot = &self.0;
        let files = slot.damaged_files.iter();
        let files: Vec<_> = files
            .map(|file| escaped(&file.display().to_string()))
            .collect();
        let problem = slot.problem.as_ref();
        let parts = [
            ("slot", Some(Cell::number(slot.slot))),
            ("owner", Some(self.owner())),
            ("rows", Some(of_waiting(slot.rows))),
            ("size", Some(Cell::number(HumanBytes(slot.bytes)))),
            ("oldest", slot.oldest.map(|_| self.oldest(clock))),
            ("dead letters", Some(of_waiting(slot.dead_letters))),
            (
                "damaged files",
                (!files.is_empty()).then(|| Cell::of_lines(&files).color(Color::Red)),
            ),
            (
                "problem",
                problem.map(|problem| Cell::new(problem).color(Color::Red)),
            ),
        ];
        let named = parts
            .into_iter()
            .filter_map(|(name, cell)| Some((name.to_owned(), cell?)));
        named.collect()
    }
}

/// Returns the cell of a number that is best at 0; `?` where the file cannot be read.
fn of_waiting(number: Option<u64>) -> Cell {
    match number {
        None => Cell::number("?").color(Color::Red),
        Some(0) => Cell::number(0).color(Color::Dim),
        Some(number) => Cell::number(number).color(Color::Yellow),
    }
}
