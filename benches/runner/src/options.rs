//! What a measurement is asked for.

use crate::filled::Wanted;

/// How thoroughly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) rounds: usize,
    /// Of the benchmarks on filled tables.
    pub(crate) wanted: Wanted,
    /// `write_path` alone, with tables that grow to this many rows.
    pub(crate) long: Option<u32>,
    /// `retention` alone: how many times as long as a step it rests, if not as by itself.
    pub(crate) rest: Option<u32>,
    /// `retention` alone, with a redo log of 1 GiB in place of the one the server comes with.
    pub(crate) large_log: bool,
}
