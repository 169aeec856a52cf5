//! The outcomes of processes: the exit code of this process, and the end of another.

use std::process::{ExitCode, ExitStatus, Output};

use super::Outcome;

impl Outcome for ExitCode {
    type Success = Self;

    fn success(&self) -> Option<&Self> {
        (*self == Self::SUCCESS).then_some(self)
    }
}

impl Outcome for ExitStatus {
    type Success = Self;

    fn success(&self) -> Option<&Self> {
        Self::success(self).then_some(self)
    }
}

impl Outcome for Output {
    type Success = Self;

    fn success(&self) -> Option<&Self> {
        self.status.success().then_some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_code_succeeds_if_it_is_that_of_success() {
        assert!(Outcome::success(&ExitCode::SUCCESS).is_some());
        assert!(Outcome::success(&ExitCode::FAILURE).is_none());
        assert!(Outcome::success(&ExitCode::from(2)).is_none());
    }
}
