//! What became of letters that were requeued or removed.

use behavior_trace::spool::{DeadLetterId, SpoolsError};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::{Color, OutputRecord, TextCell};
use crate::session::CommandSession;
use crate::when::ZonedClock;
use crate::words::counted;

/// Result of a letter.
#[derive(Serialize)]
pub(super) struct LetterChange {
    id: DeadLetterId,
    state: LetterState,
    /// Why the letter is as it was.
    problem: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LetterState {
    Requeued,
    Removed,
    /// The process that owns the slot runs.
    OwnerAlive,
    Failed,
}

/// Results of all letters.
#[derive(Default)]
pub(super) struct Changes {
    list: Vec<LetterChange>,
    errors: Vec<SpoolsError>,
    /// Letters in whose place there is another one.
    replaced: usize,
}

impl Changes {
    pub(super) fn add(&mut self, id: DeadLetterId, state: LetterState) {
        self.list.push(LetterChange {
            id,
            state,
            problem: None,
        });
    }

    pub(super) fn failed(&mut self, id: DeadLetterId, error: SpoolsError) {
        self.list.push(LetterChange {
            id,
            state: LetterState::Failed,
            problem: Some(error.to_string()),
        });
        self.errors.push(error);
    }

    /// Notes another letter in the place of the one that was to be changed, which stays.
    pub(super) fn replaced(&mut self, id: DeadLetterId) {
        self.list.push(LetterChange {
            id,
            state: LetterState::Failed,
            problem: Some(
                "another letter has this id by now, and stays; list the letters again".to_owned(),
            ),
        });
        self.replaced += 1;
    }

    /// Returns the number of letters in a state.
    pub(super) fn count(&self, state: LetterState) -> u64 {
        let of_state = self.list.iter().filter(|letter| letter.state == state);
        of_state.count() as u64
    }

    /// Prints the results, and decides how the command ends.
    pub(super) fn print(self, session: &mut CommandSession) -> Result<(), Failure> {
        let mut list = session.output.list(&session.clock);
        for letter in &self.list {
            list.item(letter)?;
        }
        list.end(None)?;
        let Some(first) = self.errors.first() else {
            return match self.replaced {
                0 => Ok(()),
                number => Err(Failure::failed(format!(
                    "{} not removed: another letter has the id by now, and stays; list the letters again",
                    counted(number as u64, "letter")
                ))),
            };
        };
        let is_transient = self.errors.iter().all(SpoolsError::is_transient);
        let text = match self.errors.len() {
            1 => first.to_string(),
            all => format!("{all} letters are as they were; the first: {first}"),
        };
        Err(Failure::of(is_transient, &text))
    }
}

impl OutputRecord for LetterChange {
    const FIELDS: &'static [&'static str] = &["id", "state", "problem"];

    fn headings(_: &ZonedClock) -> Vec<String> {
        ["letter", "state", "problem"].map(str::to_owned).to_vec()
    }

    fn cells(&self, _: &ZonedClock) -> Vec<TextCell> {
        let state = match self.state {
            LetterState::Requeued => TextCell::new("requeued").color(Color::Green),
            LetterState::Removed => TextCell::new("removed").color(Color::Green),
            LetterState::OwnerAlive => TextCell::new("owner alive, left alone"),
            LetterState::Failed => TextCell::new("failed").color(Color::Red),
        };
        vec![
            TextCell::new(self.id.to_string()),
            state,
            TextCell::new(self.problem.as_deref().unwrap_or_default()),
        ]
    }
}
