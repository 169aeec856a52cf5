//! Why nobody was forgotten.

use std::fmt;

use crate::store::{ErrorClass, StoreError};

/// An erasure that stopped. What it did before is done; run it again when the cause is gone.
#[derive(Debug)]
pub struct ErasureError(Kind);

#[derive(Debug)]
pub(super) enum Kind {
    /// An actor without an id is a whole kind of actors.
    Nobody,
    /// What was stored of the actor's id, or kind, may have been left of another one.
    Clipped,
    /// The store gave an error.
    Store(StoreError),
}

impl ErasureError {
    /// The actor has no id.
    pub const fn is_missing_actor_id(&self) -> bool {
        matches!(self.0, Kind::Nobody)
    }

    /// The actor's id or kind is longer than what is stored of it, and others may share that. Nothing was changed.
    pub const fn is_clipped(&self) -> bool {
        matches!(self.0, Kind::Clipped)
    }

    /// The same may succeed a little later.
    pub const fn is_transient(&self) -> bool {
        match &self.0 {
            Kind::Store(error) => matches!(
                error.class(),
                ErrorClass::Transient
                    | ErrorClass::Unavailable
                    | ErrorClass::Reconnect
                    | ErrorClass::UnknownOutcome
            ),
            Kind::Nobody | Kind::Clipped => false,
        }
    }
}

impl fmt::Display for ErasureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Nobody => f.write_str(
                "an actor without an id is nobody in particular; name one: `Actor::user(7)`",
            ),
            Kind::Clipped => f.write_str(
                "the actor's id or kind is longer than what is stored of it, and others may share that; if all of them are \
                 meant, say `.including_clipped()`",
            ),
            Kind::Store(error) => error.fmt(f),
        }
    }
}

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
