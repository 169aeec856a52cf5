//! What became of each slot.

use std::path::PathBuf;

use behavior_trace::spool::{DrainReport, SpoolInfo, SpoolsError};
use serde::Serialize;

use crate::output::{Color, OutputRecord, TextCell, escaped};
use crate::when::ZonedClock;
use crate::words::counted;

/// Result of a slot.
#[derive(Serialize)]
pub(super) struct SlotReport {
    slot: usize,
    state: SlotState,
    pub(super) stored: u64,
    dead_lettered: u64,
    lost: u64,
    /// Rows that are still in the spool; `None` where the file cannot be read.
    left: Option<u64>,
    left_because: Option<String>,
    damaged_files: Vec<PathBuf>,
    /// Why the slot was not drained.
    problem: Option<String>,
    #[serde(skip)]
    pub(super) error: Option<SpoolsError>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum SlotState {
    /// Each row was sent.
    Drained,
    /// The process that owns the slot runs, and drains it.
    OwnerAlive,
    /// The drain stopped.
    Failed,
}

impl SlotReport {
    pub(super) fn drained(slot: &SpoolInfo, report: DrainReport) -> Self {
        Self {
            slot: slot.slot,
            state: SlotState::Drained,
            stored: report.stored,
            dead_lettered: report.dead_lettered,
            lost: report.lost,
            left: Some(report.left),
            left_because: report.left_because,
            damaged_files: report.damaged_files,
            problem: None,
            error: None,
        }
    }

    /// Creates the result of a drain that stopped. `left` are the rows that were counted afterwards.
    pub(super) fn failed(
        slot: &SpoolInfo,
        reached: DrainReport,
        left: Option<u64>,
        error: SpoolsError,
    ) -> Self {
        Self {
            state: SlotState::Failed,
            left,
            problem: Some(error.to_string()),
            error: Some(error),
            ..Self::drained(slot, reached)
        }
    }

    /// Creates the result of a slot whose owner runs.
    pub(super) fn left_alone(slot: &SpoolInfo) -> Self {
        Self {
            state: SlotState::OwnerAlive,
            left: slot.rows,
            ..Self::drained(slot, DrainReport::default())
        }
    }

    /// Returns whether a running process owns the slot.
    pub(super) fn is_owned(&self) -> bool {
        let is_owned = |error: &SpoolsError| error.is_locked() && !error.is_transient();
        self.error.as_ref().is_some_and(is_owned)
    }

    /// Returns whether the database failed.
    pub(super) fn is_of_database(&self) -> bool {
        self.error.as_ref().is_some_and(SpoolsError::is_of_database)
    }

    /// Returns what wants a look, in words.
    pub(super) fn findings(&self) -> Vec<String> {
        let slot = self.slot;
        let files = self.damaged_files.iter();
        let files: Vec<_> = files.map(|file| file.display().to_string()).collect();
        // A database may quote the row in its answer.
        let because = escaped(self.left_because.as_deref().unwrap_or_default());
        let is_drained = self.state == SlotState::Drained;
        let left = self.left.filter(|left| *left > 0 && is_drained);
        let parts = [
            (self.dead_lettered > 0).then(|| {
                let letters = counted(self.dead_lettered, "new dead letter");
                format!("slot {slot}: {letters}; `behavior-trace dead-letters list` has the reasons")
            }),
            left.map(|left| {
                let left = counted(left, "row");
                format!("slot {slot}: {left} left, which the database refused without proof of a fault in them: {because}")
            }),
            (self.lost > 0).then(|| {
                let lost = counted(self.lost, "unreadable row");
                format!("slot {slot}: lost {lost}, because the volume had no room for them as dead letters")
            }),
            (!files.is_empty()).then(|| {
                let files = files.join(", ");
                format!("slot {slot}: damaged files, whose rows a recorder on this directory reads back: {files}")
            }),
        ];
        parts.into_iter().flatten().collect()
    }
}

impl OutputRecord for SlotReport {
    const FIELDS: &'static [&'static str] = &[
        "slot",
        "state",
        "stored",
        "dead_lettered",
        "lost",
        "left",
        "left_because",
        "damaged_files",
        "problem",
    ];

    fn headings(_: &ZonedClock) -> Vec<String> {
        ["slot", "state", "stored", "dead letters", "lost", "left"]
            .map(str::to_owned)
            .to_vec()
    }

    fn cells(&self, _: &ZonedClock) -> Vec<TextCell> {
        let bad = |number: u64| {
            let color = if number > 0 { Color::Red } else { Color::Dim };
            TextCell::number(number).color(color)
        };
        vec![
            TextCell::number(self.slot),
            match self.state {
                SlotState::Drained => TextCell::new("drained").color(Color::Green),
                SlotState::OwnerAlive => TextCell::new("owner alive, left alone"),
                SlotState::Failed => TextCell::new("failed").color(Color::Red),
            },
            TextCell::number(self.stored),
            bad(self.dead_lettered),
            bad(self.lost),
            self.left
                .map_or_else(|| TextCell::number("?").color(Color::Red), TextCell::number),
        ]
    }
}
