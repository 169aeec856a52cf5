//! Sorting of the rows of one sift by what becomes of them, where each row is sent once.

use tokio::time::Instant;

use super::attempt::RefusedRow;
use super::judgement::{Evidence, History, Law, RowVerdict};
use crate::store::StoreError;

/// Rows of one sift, by their numbers in their source.
#[derive(Debug)]
pub(crate) struct Sorted<N> {
    pub(crate) stored: Vec<N>,
    /// Rows proven bad, with the reason.
    pub(crate) bad: Vec<(N, String)>,
    /// Rows with no proof against them.
    pub(crate) unproven: Vec<N>,
    /// Last error about an unproven row.
    pub(crate) complaint: Option<StoreError>,
}

/// Sorts the rows that were sent. Evidence counts as in the writer, but for proofs from several attempts: there is only one.
pub(crate) fn sort<N: Copy>(numbers: &[N], refused: Vec<RefusedRow>, now: Instant) -> Sorted<N> {
    let mut sorted = Sorted {
        stored: Vec::new(),
        bad: Vec::new(),
        unproven: Vec::new(),
        complaint: None,
    };
    let mut refused = refused.into_iter().peekable();
    for (index, number) in numbers.iter().enumerate() {
        let Some(row) = refused.next_if(|row| row.index == index) else {
            sorted.stored.push(*number);
            continue;
        };
        let evidence = Evidence {
            class: row.error.class(),
            probe: row.probe,
            witness: row.witness,
            repeated: row.repeated,
        };
        match Law::IN_FORCE.judge(evidence, &mut History::default(), now) {
            RowVerdict::DeadLetter => sorted.bad.push((*number, row.error.to_string())),
            RowVerdict::Shorten | RowVerdict::BlameTable | RowVerdict::Wait => {
                sorted.unproven.push(*number);
                sorted.complaint = Some(row.error);
            }
        }
    }
    sorted
}

impl<N> Sorted<N> {
    /// Returns whether the store is at fault and not the rows: it refused many, and took none.
    pub(crate) const fn blames_store(&self) -> bool {
        self.stored.is_empty() && Law::blames_store(self.unproven.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::judgement::ProbeResult;
    use crate::store::ErrorClass;

    fn refused(index: usize, class: ErrorClass, probe: ProbeResult) -> RefusedRow {
        RefusedRow {
            index,
            error: StoreError::new(class, format!("refused {index}")),
            witness: false,
            probe,
            repeated: true,
        }
    }

    #[test]
    fn only_a_proven_row_is_bad_and_the_others_stay() {
        let rows = vec![
            refused(1, ErrorClass::Value, ProbeResult::Passed),
            refused(2, ErrorClass::Value, ProbeResult::Refused),
            refused(3, ErrorClass::Rule, ProbeResult::Unknown),
        ];
        let sorted = sort(&[10, 11, 12, 13, 14], rows, Instant::now());
        assert_eq!(sorted.stored, [10, 14]);
        assert_eq!(sorted.bad, [(11, "refused 1".to_owned())]);
        assert_eq!(sorted.unproven, [12, 13]);
        let complaint = sorted.complaint.expect("the last").to_string();
        assert_eq!(complaint, "refused 3");
    }

    #[test]
    fn a_store_that_refuses_many_rows_and_takes_none_is_at_fault() {
        let rule = |index| refused(index, ErrorClass::Rule, ProbeResult::Unknown);
        let numbers: Vec<u64> = (0..8).collect();
        let all = (0..8).map(rule).collect();
        assert!(sort(&numbers, all, Instant::now()).blames_store());
        let but_one = (1..8).map(rule).collect();
        assert!(!sort(&numbers, but_one, Instant::now()).blames_store());
    }
}
