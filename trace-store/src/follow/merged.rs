//! Ranges that are near to each other, read as one.
//!
//! Each range of a statement costs the server a search, in every partition. A few ids that are known cost less.

use std::ops::RangeInclusive;

/// Known ids between two ranges that are read with them.
const NEAR: u64 = 16;

/// Merges ranges, lowest first.
pub(super) fn merged(ranges: &[RangeInclusive<u64>]) -> Vec<RangeInclusive<u64>> {
    let mut merged: Vec<RangeInclusive<u64>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start().saturating_sub(*last.end()) <= NEAR + 1 => {
                *last = *last.start()..=*range.end();
            }
            _ => merged.push(range.clone()),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_with_few_ids_in_between_are_one() {
        assert_eq!(merged(&[]), []);
        assert_eq!(
            merged(&[2..=3, 5..=6, 8..=9, 26..=26, 44..=50]),
            [2..=26, 44..=50]
        );
    }
}
