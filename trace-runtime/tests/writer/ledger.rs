//! The ledger of mapped buffers, compared with the rule it follows.

use std::ops::Range;

use proptest::prelude::*;

use super::super::ledger::Ledger;
use crate::queue::Piece;

proptest! {
    #[test]
    fn a_piece_is_settled_when_no_event_of_it_nor_of_those_before_it_is_held(
        lengths in prop::collection::vec((0_u64..5, 0_u64..4), 0..30),
        held in prop::collection::vec((0_u64..80, 0_u64..6), 0..12),
    ) {
        let held: Vec<Range<u64>> = held.into_iter().map(|(start, length)| start..start + length).collect();
        let mut ledger = Ledger::default();
        let mut pieces = Vec::new();
        let (mut start, mut until) = (0, 0);
        for (length, number) in lengths {
            until += 100;
            let piece = Piece { number, until };
            ledger.add(start..start + length, piece);
            pieces.push((start..start + length, piece));
            start += length;
        }
        let is_held = |positions: &Range<u64>| positions.clone().any(|at| held.iter().any(|range| range.contains(&at)));
        let expected: Vec<Piece> = pieces
            .iter()
            .enumerate()
            .filter(|(index, (_, piece))| {
                let mut before = pieces[..=*index].iter().filter(|(_, other)| other.number == piece.number);
                !before.any(|(positions, _)| is_held(positions))
            })
            .map(|(_, (_, piece))| *piece)
            .collect();
        prop_assert_eq!(ledger.settled(held), expected.clone());
        let rest = ledger.settled(Vec::new());
        prop_assert_eq!(rest.len() + expected.len(), pieces.len());
        prop_assert!(ledger.is_empty());
    }
}
