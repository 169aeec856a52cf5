//! Migrations and statements as items of a list.

use behavior_trace::schema::{MigrationState, MigrationStatus};
use serde::Serialize;

use crate::output::{Cell, Color, Record};
use crate::when::Clock;

/// A migration with its state.
#[derive(Serialize)]
#[serde(transparent)]
pub(super) struct MigrationRow(pub(super) MigrationStatus);

impl Record for MigrationRow {
    const FIELDS: &'static [&'static str] = &["version", "description", "state"];

    fn headings(_: &Clock) -> Vec<String> {
        Self::FIELDS.iter().map(ToString::to_string).collect()
    }

    fn cells(&self, _: &Clock) -> Vec<Cell> {
        let MigrationStatus {
            version,
            description,
            state,
            ..
        } = &self.0;
        vec![
            Cell::number(format_args!("{version:04}")),
            Cell::new(description),
            Cell::new(words(*state)).color(color(*state)),
        ]
    }
}

/// A statement that a command would run.
#[derive(Serialize)]
pub(super) struct StatementRow<'a> {
    /// The option or command that runs it.
    pub(super) by: &'static str,
    pub(super) statement: &'a str,
}

impl Record for StatementRow<'_> {
    const FIELDS: &'static [&'static str] = &["by", "statement"];

    fn headings(_: &Clock) -> Vec<String> {
        Self::FIELDS.iter().map(ToString::to_string).collect()
    }

    fn cells(&self, _: &Clock) -> Vec<Cell> {
        vec![Cell::new(self.by), Cell::new(self.statement)]
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
