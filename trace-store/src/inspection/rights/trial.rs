//! Trying a right by a statement that the server explains and does not run.

use crate::inspection::subject::Subject;
use crate::store::{ErrorClass, StoreError};

/// Outcome of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TrialOutcome {
    Allowed,
    Denied,
    /// The table is missing, or the server refuses the statement for another reason.
    Unknown,
}

/// Explains a statement, for which the server asks for the rights of the statement itself.
pub(super) async fn attempt(
    subject: &mut Subject<'_>,
    text: String,
    right: &str,
) -> Result<TrialOutcome, StoreError> {
    match subject.texts(format!("EXPLAIN {text}")).await {
        Ok(_) => Ok(TrialOutcome::Allowed),
        Err(error) if is_denied(&error, right) => Ok(TrialOutcome::Denied),
        Err(error) if is_of_statement(error.class()) => Ok(TrialOutcome::Unknown),
        Err(error) => Err(error),
    }
}

/// Returns whether the error denies this right. A statement may need another one too.
fn is_denied(error: &StoreError, right: &str) -> bool {
    error
        .to_string()
        .contains(&format!("{right} command denied"))
}

const fn is_of_statement(class: ErrorClass) -> bool {
    matches!(
        class,
        ErrorClass::Configuration | ErrorClass::Other | ErrorClass::Value | ErrorClass::ReadOnly
    )
}
