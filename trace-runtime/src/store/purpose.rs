//! What a session is for, which decides how long the server may keep anything for it.

use std::time::Duration;

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Stores rows. A statement is given up after so long.
    Writer {
        /// [`Config::statement_timeout`](crate::config::Config::statement_timeout).
        statement_timeout: Duration,
    },
    /// Changes what is there, step by step: retention, erasure, indexes, partitions.
    Keeper,
}
