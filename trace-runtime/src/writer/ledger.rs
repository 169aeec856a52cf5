//! Which parts of mapped buffers are settled.

use std::collections::{HashSet, VecDeque};
use std::ops::Range;

use crate::queue::Piece;

/// Pieces of mapped buffers whose rows are not settled yet, in the order in which they were collected.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    open: VecDeque<(Range<u64>, Piece)>,
}

impl Ledger {
    /// Adds a piece, whose events are at these positions among all that the writer has received.
    pub(super) fn add(&mut self, positions: Range<u64>, piece: Piece) {
        self.open.push_back((positions, piece));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.open.is_empty()
    }

    /// Removes and returns the pieces none of whose events is at a position in `held`. A buffer is settled from its start, so
    /// a piece waits for those before it.
    pub(super) fn settled(&mut self, mut held: Vec<Range<u64>>) -> Vec<Piece> {
        held.retain(|positions| !positions.is_empty());
        held.sort_unstable_by_key(|positions| positions.start);
        let mut held = held.into_iter().peekable();
        let mut end = 0;
        let mut waiting = HashSet::new();
        let mut settled = Vec::new();
        self.open.retain(|(positions, piece)| {
            while let Some(range) = held.next_if(|range| range.start < positions.end) {
                end = end.max(range.end);
            }
            let is_held = end > positions.start && !positions.is_empty();
            if is_held || waiting.contains(&piece.number) {
                waiting.insert(piece.number);
                return true;
            }
            settled.push(*piece);
            false
        });
        settled
    }
}
