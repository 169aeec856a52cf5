//! What a session is for, which decides how long the server may keep anything for it.

use std::time::Duration;

/// The server ends a session of the writer's that has been idle for so long, and with it the locks of a connection that was
/// lost without a word.
pub(crate) const SESSION_IDLE: Duration = Duration::from_secs(20);

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
