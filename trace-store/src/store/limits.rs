//! Limits of one statement.

/// Limits of one statement, read when the connection was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Maximum number of rows.
    pub(crate) rows: usize,
    /// Maximum number of bytes of several rows together, as `weight` counts them.
    pub(crate) bytes: usize,
}

impl Limits {
    /// Number of rows at which the rate stops rising on both servers. Thirteen columns of 1000 rows stay below MySQL's
    /// 65,535 and SQLite's 32,766 parameters.
    const ROWS: usize = 1000;
    /// Approximate weight of a statement above which the rate falls again.
    const TARGET: usize = 1 << 20;

    /// Returns the limits for a connection that was not asked for its own. By default MySQL accepts packets of 64 MiB and
    /// MariaDB of 16 MiB.
    #[cfg(any(feature = "mysql", feature = "sqlite"))]
    pub(crate) const fn of_any() -> Self {
        Self {
            rows: Self::ROWS,
            bytes: Self::TARGET,
        }
    }

    /// Returns limits with a quarter of the maximum packet. The estimate may be off, and an oversized packet costs the
    /// connection.
    pub(crate) fn of_packet(packet: usize) -> Self {
        Self {
            rows: Self::ROWS,
            bytes: Self::TARGET.min(packet / 4),
        }
    }
}
