//! How much goes into one statement.

/// What one statement may hold, learnt when the connection was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Rows.
    pub(crate) rows: usize,
    /// Bytes of several rows together, as `weight` counts them.
    pub(crate) bytes: usize,
}

impl Limits {
    /// Where the rate stops rising on both servers. Thirteen columns of 1000 rows stay below MySQL's 65,535 and SQLite's
    /// 32,766 parameters.
    const ROWS: usize = 1000;
    /// About what a statement may weigh before the rate falls again.
    const TARGET: usize = 1 << 20;

    /// For a connection whose own limits were not asked: MySQL takes packets of 64 MiB and MariaDB of 16 MiB unless told
    /// otherwise.
    #[cfg(any(feature = "mysql", feature = "sqlite"))]
    pub(crate) const fn of_any() -> Self {
        Self {
            rows: Self::ROWS,
            bytes: Self::TARGET,
        }
    }

    /// A quarter of the largest packet: the estimate may be off, and a packet that is too large costs the connection.
    pub(crate) fn of_packet(packet: usize) -> Self {
        Self {
            rows: Self::ROWS,
            bytes: Self::TARGET.min(packet / 4),
        }
    }
}
