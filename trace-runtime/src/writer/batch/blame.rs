//! Whose fault an error is that nobody has met yet: a row's, or the store's.

use super::{Batch, Step};
use crate::store::ErrorClass;

/// Who is to blame for an error that nobody has met yet. What hits all rows alike is no row's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Blame {
    /// Nobody has asked.
    Open,
    /// Single rows are sent, to see if any passes; so many were refused.
    Asking(usize),
    /// The store refuses every row alike, as far as is known.
    Store,
    /// Others pass: it is these rows.
    Rows,
}

impl Blame {
    /// Rows in front were stored.
    pub(super) const fn after_a_pass(self) -> Self {
        match self {
            // The witness was among them.
            Self::Asking(_) => Self::Rows,
            _ => Self::Open,
        }
    }
}

impl Batch {
    /// The row that is sent to see if any passes: the last, then one in the middle, then the one in front.
    pub(super) fn witness(&self) -> Option<usize> {
        let last = self.rows.len().checked_sub(1)?;
        match self.blame {
            Blame::Asking(0) => Some(last),
            Blame::Asking(1) => Some(self.settled.midpoint(last)),
            Blame::Asking(_) => Some(self.settled),
            _ => None,
        }
    }

    /// How many rows from the front an attempt has settled that stored its first `count`. A witness is not in front; it is
    /// sent again with the others.
    pub(in crate::writer) fn settled_by(&self, count: usize) -> usize {
        if self.witness().is_some_and(|witness| witness > self.settled) {
            0
        } else {
            count
        }
    }

    /// Another batch was stored.
    pub(in crate::writer) fn vouch(&mut self) {
        if self.blame == Blame::Store {
            self.blame = Blame::Rows;
        }
    }

    /// Whether it had better wait for others to show whose fault it is.
    pub(in crate::writer) fn wants_company(&self) -> bool {
        self.blame == Blame::Store
    }

    /// An attempt went well.
    pub(super) fn hear_pass(&mut self) {
        if matches!(self.blame, Blame::Asking(_)) {
            self.blame = Blame::Rows;
        }
    }

    /// A witness that is refused for a reason of its own says nothing of the row in front.
    pub(super) fn hear_witness(&mut self, class: ErrorClass) -> Option<Step> {
        let witness = self.witness().filter(|_| class != ErrorClass::Other)?;
        let has_answered = matches!(class, ErrorClass::Value | ErrorClass::TooBig);
        if has_answered {
            self.blame = Blame::Rows;
            return (witness > self.settled).then_some(Step::Send);
        }
        self.blame = Blame::Open;
        self.failures = 1;
        None
    }

    /// The rows are suspected only once another row was seen to pass.
    pub(super) fn ask(&mut self, sent: usize) -> Step {
        self.blame = match self.blame {
            Blame::Rows => return self.suspect(sent),
            Blame::Open if self.left() > 1 => Blame::Asking(0),
            Blame::Asking(refused) if refused < 2 => Blame::Asking(refused + 1),
            _ => Blame::Store,
        };
        if self.blame == Blame::Store {
            Step::SetAside
        } else {
            Step::Send
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{batch, fails, stores};
    use super::*;

    #[test]
    fn an_unknown_code_is_tried_three_times_and_bisected_once_another_row_has_passed() {
        let mut batch = batch(8);
        let steps: Vec<_> = (0..4)
            .map(|_| fails(&mut batch, ErrorClass::Other))
            .collect();
        assert_eq!(steps, [Step::Pause, Step::Pause, Step::Pause, Step::Send]);
        assert_eq!(batch.next(), 7..8);
        // The witness is stored, and settled later with its turn.
        assert_eq!(stores(&mut batch), Step::Send);
        assert_eq!(batch.next(), 0..8);
        assert_eq!(fails(&mut batch, ErrorClass::Other), Step::Send);
        assert_eq!(batch.next(), 0..4);
    }

    #[test]
    fn an_unknown_code_that_hits_every_row_is_no_rows_fault() {
        for rows in [1, 2, 3, 8] {
            let mut batch = batch(rows);
            let mut step = Step::Send;
            for _ in 0..7 {
                step = fails(&mut batch, ErrorClass::Other);
                if step == Step::SetAside {
                    break;
                }
                assert_ne!(step, Step::DeadLetter);
            }
            assert_eq!(step, Step::SetAside, "{rows}");
            assert!(batch.wants_company());
            assert_eq!(batch.next(), 0..rows);
            assert_eq!(fails(&mut batch, ErrorClass::Other), Step::SetAside);
        }
    }

    #[test]
    fn a_witness_that_is_bad_itself_condemns_no_other_row() {
        for class in [ErrorClass::Value, ErrorClass::TooBig] {
            let mut batch = batch(8);
            (0..4).for_each(|_| {
                fails(&mut batch, ErrorClass::Other);
            });
            assert_eq!(fails(&mut batch, class), Step::Send, "{class:?}");
            assert_eq!(batch.next(), 0..8);
            let front = batch.front().expect("a row");
            assert!(front.payload.is_empty());
        }
        let mut batch = batch(8);
        (0..6).for_each(|_| {
            fails(&mut batch, ErrorClass::Other);
        });
        assert_eq!(fails(&mut batch, ErrorClass::UnknownOutcome), Step::Pause);
        assert_eq!(batch.next(), 0..8);
    }

    #[test]
    fn one_row_that_is_refused_while_others_pass_is_a_bad_row() {
        let mut batch = batch(1);
        while fails(&mut batch, ErrorClass::Other) != Step::SetAside {}
        batch.vouch();
        assert_eq!(fails(&mut batch, ErrorClass::Other), Step::DeadLetter);
    }
}
