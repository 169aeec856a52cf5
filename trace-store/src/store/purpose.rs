//! What a session is for, which decides how long the server may keep anything for it.

use std::time::Duration;

/// The time after which a server ends a writer's session that sends nothing, and with it the locks of a transaction that was
/// given up. A writer closes an idle connection before.
pub const SESSION_IDLE: Duration = Duration::from_secs(20);

/// The work of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Stores rows. A statement is given up after so long.
    Writer {
        /// The time limit of a statement.
        statement_timeout: Duration,
    },
    /// Changes what is there, step by step: migrations, retention, erasure, indexes, partitions.
    Maintainer,
    /// Looks rows up.
    #[cfg(feature = "mysql")]
    Reader,
}
