//! What became of all slots.

use behavior_trace::spool::{SpoolInfo, SpoolsError};

use super::report::SlotReport;
use crate::failure::Failure;
use crate::session::CommandSession;
use crate::words::counted;

/// Results of all slots.
#[derive(Default)]
pub(super) struct Drained(Vec<SlotReport>);

impl Drained {
    pub(super) fn add(&mut self, report: SlotReport) {
        self.0.push(report);
    }

    /// Adds a slot whose owner runs.
    pub(super) fn left_alone(&mut self, slot: &SpoolInfo) {
        self.add(SlotReport::left_alone(slot));
    }

    pub(super) fn stored(&self) -> u64 {
        self.0.iter().map(|report| report.stored).sum()
    }

    /// Prints the results, and decides how the command ends. `left` is what mapped buffers still hold, and why.
    pub(super) fn print(
        self,
        session: &mut CommandSession,
        left: Vec<String>,
    ) -> Result<(), Failure> {
        let mut list = session.output.list(&session.clock);
        for report in &self.0 {
            list.item(report)?;
        }
        list.end(None)?;
        let findings = self.0.iter().flat_map(SlotReport::findings);
        let findings: Vec<_> = left.into_iter().chain(findings).collect();
        let stored = self.stored();
        let errors: Vec<_> = self
            .0
            .iter()
            .filter_map(|report| report.error.as_ref())
            .collect();
        match end_of(&errors, stored) {
            Some(end) => {
                for finding in findings {
                    session.note(&finding);
                }
                Err(end)
            }
            None if findings.is_empty() => Ok(()),
            None => Err(Failure::found(findings.join("; "))),
        }
    }
}

/// Returns the failure of slots. Trying again is right where it is for each of them, or where the database is unavailable.
fn end_of(errors: &[&SpoolsError], stored: u64) -> Option<Failure> {
    let texts: Vec<_> = errors.iter().map(ToString::to_string).collect();
    let text = texts.join("; ");
    match errors.iter().find(|error| error.is_of_database()) {
        Some(error) => {
            let text = format!("{text}; stored before: {}", counted(stored, "row"));
            Some(Failure::of(error.is_transient(), &text))
        }
        None if errors.is_empty() => None,
        None => Some(Failure::of(
            errors.iter().all(|error| error.is_transient()),
            &text,
        )),
    }
}
