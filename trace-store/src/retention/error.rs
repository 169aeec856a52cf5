//! Errors of retention and of partitions.

use std::fmt;

use crate::store::{ErrorClass, StoreError};

/// A run that stopped. Its earlier steps are kept; run it again when the cause is gone.
pub struct RetentionError(Kind);

#[derive(Debug)]
pub(super) enum Kind {
    /// `keep` is too short: rows that young may still be on their way.
    TooYoung,
    /// The limit of rows per second is 0.
    NoPace,
    /// The archive holds different rows under these ids.
    Differs(Vec<i64>),
    /// The table has no partitions.
    #[cfg(feature = "mysql")]
    NotPartitioned,
    /// The table has partitions, but none from which to split new ones.
    #[cfg(feature = "mysql")]
    OtherLayout,
    /// The store returned an error.
    Store(StoreError),
}

impl RetentionError {
    /// Returns whether the archive holds a different row under the same id. The row stayed in the table then.
    pub const fn is_mismatch(&self) -> bool {
        matches!(self.0, Kind::Differs(_))
    }

    /// Returns whether the same run may succeed later.
    pub const fn is_transient(&self) -> bool {
        match self.class() {
            Some(class) => class.is_transient(),
            None => false,
        }
    }

    pub(super) const fn class(&self) -> Option<ErrorClass> {
        match &self.0 {
            Kind::Store(error) => Some(error.class()),
            _ => None,
        }
    }
}

impl fmt::Display for RetentionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::TooYoung => f.write_str(
                "rows younger than seven days may still be sent again from a spool, and would appear again; keep at \
                 least seven days",
            ),
            Kind::NoPace => f.write_str(
                "`max_rows_per_second` is 0, so the run would never end; pass at least 1, or leave it out",
            ),
            Kind::Differs(ids) => write!(
                f,
                "the archive holds other rows under the ids {:?}{}; they stayed in `operational_activity`",
                &ids[..ids.len().min(10)],
                if ids.len() > 10 { " and more" } else { "" },
            ),
            #[cfg(feature = "mysql")]
            Kind::NotPartitioned => f.write_str("the table is not partitioned; run `behavior-trace partitions adopt`, or call `Partitions::convert`, first"),
            #[cfg(feature = "mysql")]
            Kind::OtherLayout => f.write_str(
                "the table has another partition layout; its last partition must be `future`, for all values less than \
                 MAXVALUE, so that new partitions can be split from it",
            ),
            Kind::Store(error) => error.fmt(f),
        }
    }
}

behavior_trace_core::debug_is_display!(RetentionError);

impl std::error::Error for RetentionError {}

impl From<Kind> for RetentionError {
    fn from(kind: Kind) -> Self {
        Self(kind)
    }
}

impl From<StoreError> for RetentionError {
    fn from(error: StoreError) -> Self {
        Self(Kind::Store(error))
    }
}
