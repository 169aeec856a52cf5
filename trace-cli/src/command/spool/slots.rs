//! The slots of a spool directory, listed and shown.

use behavior_trace::spool::{Buffers, SpoolInfo, Spools};
use indicatif::HumanBytes;
use serde::Serialize;

use super::buffers;
use crate::failure::Failure;
use crate::output::{Color, OutputFormat, OutputRecord, TextCell, escaped};
use crate::session::CommandSession;
use crate::when::ZonedClock;

/// A slot as an item of a list.
#[derive(Serialize)]
#[serde(transparent)]
struct SlotRow(SpoolInfo);

pub(super) async fn list(
    session: &mut CommandSession,
    spools: &Spools,
    buffers: &Buffers,
) -> Result<(), Failure> {
    let slots = spools.list().await?;
    buffers::note_left(session, buffers);
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
    session: &mut CommandSession,
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

impl OutputRecord for SlotRow {
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

    fn headings(clock: &ZonedClock) -> Vec<String> {
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

    fn cells(&self, clock: &ZonedClock) -> Vec<TextCell> {
        let slot = &self.0;
        vec![
            TextCell::number(slot.slot),
            self.owner(),
            of_waiting(slot.rows),
            TextCell::number(HumanBytes(slot.bytes)),
            self.oldest(clock),
            of_waiting(slot.dead_letters),
            of_waiting(Some(slot.damaged_files.len() as u64)),
            TextCell::new(slot.problem.as_deref().unwrap_or_default()).color(Color::Red),
        ]
    }
}

impl SlotRow {
    fn owner(&self) -> TextCell {
        if self.0.owner_alive {
            TextCell::new("alive").color(Color::Green)
        } else {
            TextCell::new("gone").color(Color::Dim)
        }
    }

    fn oldest(&self, clock: &ZonedClock) -> TextCell {
        let oldest = self.0.oldest.map(|oldest| clock.show(oldest));
        TextCell::new(oldest.unwrap_or_default())
    }

    /// Returns all of a slot as pairs of name and value.
    fn in_full(&self, clock: &ZonedClock) -> Vec<(String, TextCell)> {
        let slot = &self.0;
        let files = slot.damaged_files.iter();
        let files: Vec<_> = files
            .map(|file| escaped(&file.display().to_string()))
            .collect();
        let problem = slot.problem.as_ref();
        let parts = [
            ("slot", Some(TextCell::number(slot.slot))),
            ("owner", Some(self.owner())),
            ("rows", Some(of_waiting(slot.rows))),
            ("size", Some(TextCell::number(HumanBytes(slot.bytes)))),
            ("oldest", slot.oldest.map(|_| self.oldest(clock))),
            ("dead letters", Some(of_waiting(slot.dead_letters))),
            (
                "damaged files",
                (!files.is_empty()).then(|| TextCell::of_lines(&files).color(Color::Red)),
            ),
            (
                "problem",
                problem.map(|problem| TextCell::new(problem).color(Color::Red)),
            ),
        ];
        let named = parts
            .into_iter()
            .filter_map(|(name, cell)| Some((name.to_owned(), cell?)));
        named.collect()
    }
}

/// Returns the cell of a number that is best at 0; `?` where the file cannot be read.
fn of_waiting(number: Option<u64>) -> TextCell {
    match number {
        None => TextCell::number("?").color(Color::Red),
        Some(0) => TextCell::number(0).color(Color::Dim),
        Some(number) => TextCell::number(number).color(Color::Yellow),
    }
}
