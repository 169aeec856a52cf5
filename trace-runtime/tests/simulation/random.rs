//! The one random source of a run, so that a seed replays it exactly.

use std::time::Duration;

/// SplitMix64: small, and equal on every machine and in every release.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below `end`.
    pub(super) const fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// Returns true in `percent` of a hundred cases.
    pub(super) const fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let len = u64::try_from(from.len()).expect("few");
        from[usize::try_from(self.below(len)).expect("few")]
    }

    /// Returns a time up to `longest`, under a bound drawn evenly from the powers of two.
    pub(super) fn time(&mut self, longest: Duration) -> Duration {
        let longest = u64::try_from(longest.as_millis()).expect("not so long");
        let bits = 64 - longest.leading_zeros();
        let shift = self.below(u64::from(bits));
        let upper = 2_u64 << shift;
        let drawn = 1 + self.below(upper);
        Duration::from_millis(drawn.min(longest))
    }
}
