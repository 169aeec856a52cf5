//! The table under the recorder's name on MySQL and MariaDB: the recorder's own, one of the PHP package to be taken over, or
//! another's.

mod compare;
mod found;
mod judge;
mod mysql;
mod reference;

pub(super) use mysql::{COPIES, add_key, check_copies, finish, look};

use super::error::{Kind, MigrationError};
use super::{MigrationState, Takeover};
use judge::{ALTER, Plan, Verdict};

/// What is there.
#[derive(Debug)]
pub(super) struct Looked {
    /// `None` if there is no table, or none that the account sees.
    verdict: Option<Verdict>,
    /// An index has the rows in the order of their times.
    is_ordered_by_time: bool,
}

impl Looked {
    /// Returns the plan for the table; an empty one if there is none.
    ///
    /// # Errors
    ///
    /// The table is another's.
    pub(super) fn plan(&self) -> Result<Plan, MigrationError> {
        match &self.verdict {
            None => Ok(Plan::default()),
            Some(Verdict::Usable(plan)) => Ok(plan.clone()),
            Some(Verdict::Refused(reason)) => Err(Kind::Refused(reason.clone()).into()),
        }
    }

    /// Returns the state of the migration that creates the table, instead of the recorded one.
    pub(super) fn state(&self, recorded: MigrationState) -> MigrationState {
        match &self.verdict {
            None => recorded,
            Some(Verdict::Refused(_)) => MigrationState::Refused,
            Some(Verdict::Usable(plan)) if plan.key.is_some() => MigrationState::TakeoverPending,
            Some(Verdict::Usable(plan)) => plan.state(recorded),
        }
    }
}

impl Plan {
    /// Returns the state of the migration once the table has its unique key.
    pub(super) fn state(&self, recorded: MigrationState) -> MigrationState {
        match recorded {
            MigrationState::Applied if !self.changes.is_empty() => MigrationState::TakenOver,
            recorded => recorded,
        }
    }

    /// Returns what is left to do, for people.
    pub(super) fn told(&self) -> Takeover {
        let rest = self.told_after_key();
        Takeover {
            statements: self.key.iter().cloned().chain(rest.statements).collect(),
            ..rest
        }
    }

    /// Returns what is left to do once the table has its unique key, for people.
    pub(super) fn told_after_key(&self) -> Takeover {
        let rest = (!self.changes.is_empty()).then(|| [fill(), self.alter()]);
        Takeover {
            differences: self.differences.clone(),
            statements: rest.into_iter().flatten().collect(),
        }
    }

    /// Returns the statement that adds the unique key, if it is missing.
    pub(super) fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    fn alter(&self) -> String {
        format!("{ALTER}{}", self.changes.join(", "))
    }
}

/// Returns the statement that gives every row the values that the recorder would have stored.
fn fill() -> String {
    use crate::store::of_php::{ACTOR_ID, DIFFERS, PAYLOAD};
    format!(
        "UPDATE operational_activity SET payload = {PAYLOAD}, actor_id = {ACTOR_ID} WHERE {DIFFERS}"
    )
}
