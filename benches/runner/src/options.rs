//! Options of a measurement.

use crate::filled::Wanted;

/// Extent of a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) rounds: usize,
    /// The tables of the benchmarks on filled tables.
    pub(crate) wanted: Wanted,
    /// For `write_path` alone: the number of rows to which tables grow.
    pub(crate) long: Option<u32>,
    /// For `retention` alone: the pause after a step, as a multiple of its duration, in place of the default.
    pub(crate) rest: Option<u32>,
    /// For `retention` alone: a redo log of 1 GiB in place of the server's default.
    pub(crate) large_log: bool,
}
