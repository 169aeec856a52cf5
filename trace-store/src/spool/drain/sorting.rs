//! Sorting of the rows of one sift by what becomes of them.

use tokio::time::Instant;

use crate::delivery::attempt::RefusedRow;
use crate::delivery::judgement::{Evidence, History, Law, RowVerdict};
use crate::store::StoreError;

/// Rows of one sift, by their numbers in the spool.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    pub(super) stored: Vec<i64>,
    /// Rows proven bad, with the reason.
    pub(super) bad: Vec<(i64, String)>,
    /// Number of rows with no proof against them.
    pub(super) unproven: usize,
    /// Last error about an unproven row.
    pub(super) complaint: Option<StoreError>,
}

/// Sorts the rows that were sent. Evidence counts as in the writer, but for proofs from several attempts: a drain makes one.
pub(super) fn sort(numbers: &[i64], refused: Vec<RefusedRow>, now: Instant) -> Sorted {
    let mut sorted = Sorted::default();
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
                sorted.unproven += 1;
                sorted.complaint = Some(row.error);
            }
        }
    }
    sorted
}

impl Sorted {
    /// Returns whether the store is at fault and not the rows: it refused many, and took none.
    pub(super) const fn blames_store(&self) -> bool {
        self.stored.is_empty() && Law::blames_store(self.unproven)
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
        assert_eq!(sorted.unproven, 2);
        let complaint = sorted.complaint.expect("the last").to_string();
        assert_eq!(complaint, "refused 3");
    }

    #[test]
    fn a_store_that_refuses_many_rows_and_takes_none_is_at_fault() {
        let rule = |index| refused(index, ErrorClass::Rule, ProbeResult::Unknown);
        let numbers: Vec<i64> = (0..8).collect();
        let all = (0..8).map(rule).collect();
        assert!(sort(&numbers, all, Instant::now()).blames_store());
        let but_one = (1..8).map(rule).collect();
        assert!(!sort(&numbers, but_one, Instant::now()).blames_store());
    }
}
