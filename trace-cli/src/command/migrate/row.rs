//! Migrations and statements as items of a list.

use behavior_trace::schema::{MigrationState, MigrationStatus};
use serde::Serialize;

use crate::output::{Color, OutputRecord, TextCell};
use crate::when::ZonedClock;

/// A migration with its state.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct MigrationRow(pub(super) MigrationStatus);

impl OutputRecord for MigrationRow {
    const FIELDS: &'static [&'static str] = &["version", "description", "state"];

    fn headings(_: &ZonedClock) -> Vec<String> {
        Self::FIELDS.iter().map(ToString::to_string).collect()
    }

    fn cells(&self, _: &ZonedClock) -> Vec<TextCell> {
        let MigrationStatus {
            version,
            description,
            state,
            ..
        } = &self.0;
        vec![
            TextCell::number(format_args!("{version:04}")),
            TextCell::new(description),
            TextCell::new(words(*state)).color(color(*state)),
        ]
    }
}

/// A statement that a command would run.
#[derive(Serialize)]
pub(super) struct MigrationStatementRow<'a> {
    /// The option or command that runs it.
    pub(super) by: &'static str,
    pub(super) statement: &'a str,
}

impl OutputRecord for MigrationStatementRow<'_> {
    const FIELDS: &'static [&'static str] = &["by", "statement"];

    fn headings(_: &ZonedClock) -> Vec<String> {
        Self::FIELDS.iter().map(ToString::to_string).collect()
    }

    fn cells(&self, _: &ZonedClock) -> Vec<TextCell> {
        vec![TextCell::new(self.by), TextCell::new(self.statement)]
    }
}

/// Returns a state in words.
fn words(state: MigrationState) -> String {
    let name = serde_json::to_value(state).unwrap_or_default();
    name.as_str().unwrap_or_default().replace('_', " ")
}

const fn color(state: MigrationState) -> Color {
    match state {
        MigrationState::Applied => Color::Green,
        MigrationState::Pending
        | MigrationState::Incomplete
        | MigrationState::TakeoverPending
        | MigrationState::TakenOver => Color::Yellow,
        MigrationState::Changed | MigrationState::Refused => Color::Red,
        _ => Color::Plain,
    }
}
