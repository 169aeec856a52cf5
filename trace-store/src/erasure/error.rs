//! Errors of an erasure.

use std::fmt;

use crate::store::StoreError;

/// An erasure that stopped. Its earlier changes are kept; run it again when the cause is gone.
pub struct ErasureError(Kind);

#[derive(Debug)]
pub(super) enum Kind {
    /// The actor has no id and matches a whole kind of actors.
    Nobody,
    /// The stored id or kind is clipped and may belong to another actor too.
    Clipped,
    /// The store returned an error.
    Store(StoreError),
}

impl ErasureError {
    /// Returns whether the actor has no id.
    pub const fn is_missing_actor_id(&self) -> bool {
        matches!(self.0, Kind::Nobody)
    }

    /// Returns whether the actor's id or kind exceeds its column, so that other actors may share the stored text. Nothing
    /// was changed.
    pub const fn is_clipped(&self) -> bool {
        matches!(self.0, Kind::Clipped)
    }

    /// Returns whether the same erasure may succeed later.
    pub const fn is_transient(&self) -> bool {
        match &self.0 {
            Kind::Store(error) => error.class().is_transient(),
            Kind::Nobody | Kind::Clipped => false,
        }
    }
}

impl fmt::Display for ErasureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Nobody => f.write_str(
                "the actor has no id; pass one, such as `Actor::user(7)`",
            ),
            Kind::Clipped => f.write_str(
                "the actor's id or kind is longer than its column, and other actors may share the stored text; to include \
                 all of them, call `.including_clipped()`",
            ),
            Kind::Store(error) => error.fmt(f),
        }
    }
}

behavior_trace_core::debug_is_display!(ErasureError);

impl std::error::Error for ErasureError {}

impl From<Kind> for ErasureError {
    fn from(kind: Kind) -> Self {
        Self(kind)
    }
}

impl From<StoreError> for ErasureError {
    fn from(error: StoreError) -> Self {
        Self(Kind::Store(error))
    }
}
