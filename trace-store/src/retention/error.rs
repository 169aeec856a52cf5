//! Why rows stayed.

use std::fmt;

use crate::store::{ErrorClass, StoreError};

/// A run that stopped. What it did before is done; run it again when the cause is gone.
#[derive(Debug)]
pub struct RetentionError(Kind);

#[derive(Debug)]
pub(super) enum Kind {
    /// Rows as young as that may still be on their way.
    TooYoung,
    /// No rows a second.
    NoPace,
    /// The archive holds other rows under these ids.
    Differs(Vec<i64>),
    /// There is nothing to make partitions of.
    #[cfg(feature = "mysql")]
    NotPartitioned,
    /// There are partitions, and none of them is ours to divide.
    #[cfg(feature = "mysql")]
    OtherLayout,
    /// The store gave an error.
    Store(StoreError),
}

impl RetentionError {
    /// The archive holds another row under the same id, so the row stayed where it was.
    pub const fn is_mismatch(&self) -> bool {
        matches!(self.0, Kind::Differs(_))
    }

    /// The same may succeed a little later.
    pub const fn is_transient(&self) -> bool {
        matches!(
            self.class(),
            Some(
                ErrorClass::Transient
                    | ErrorClass::Unavailable
                    | ErrorClass::Reconnect
                    | ErrorClass::UnknownOutcome
            )
        )
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
                "at most 0 rows a second would never come to an end; give at least 1 to `max_rows_per_second`, or leave it out",
            ),
            Kind::Differs(ids) => write!(
                f,
                "the archive holds other rows under the ids {:?}{}; they stayed in `operational_activity`",
                &ids[..ids.len().min(10)],
                if ids.len() > 10 { " and more" } else { "" },
            ),
            #[cfg(feature = "mysql")]
            Kind::NotPartitioned => f.write_str("the table is not partitioned; adopt the layout first"),
            #[cfg(feature = "mysql")]
            Kind::OtherLayout => f.write_str(
                "the table is partitioned in another way; its last partition has to be `future`, for all values less than \
                 MAXVALUE, so that others can be made of it",
            ),
            Kind::Store(error) => error.fmt(f),
        }
    }
}

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
