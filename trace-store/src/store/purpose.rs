//! Purpose of a session. It decides how long the server may keep resources for the session.

use std::time::Duration;

/// Time after which a server ends a writer's idle session, and with it the locks of a transaction that was given up. A
/// writer closes an idle connection earlier.
pub const SESSION_IDLE: Duration = Duration::from_secs(20);

/// Purpose of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Storing rows. A statement is given up after the time limit.
    Writer {
        /// Time limit of a statement.
        statement_timeout: Duration,
    },
    /// Changing existing data step by step: migrations, retention, erasure, indexes, partitions.
    Maintainer,
    /// Reading rows.
    #[cfg(feature = "mysql")]
    Reader,
}
