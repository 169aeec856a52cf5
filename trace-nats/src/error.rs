//! The error of this package.

use std::fmt;

use behavior_trace_core::store_driver::{ErrorClass, StoreError};

/// A failed call to NATS, to the relay's database, or a malformed setting. Its text never contains a password or a token.
pub struct NatsError {
    message: String,
    is_transient: bool,
}

impl NatsError {
    pub(crate) fn settings(message: impl Into<String>) -> Self {
        StoreError::new(ErrorClass::Configuration, message).into()
    }

    /// Returns whether the same call may succeed later, without a change by a person.
    pub const fn is_transient(&self) -> bool {
        self.is_transient
    }
}

impl From<StoreError> for NatsError {
    fn from(error: StoreError) -> Self {
        Self {
            message: error.to_string(),
            is_transient: error.class().is_transient(),
        }
    }
}

impl fmt::Display for NatsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

behavior_trace_core::debug_is_display!(NatsError);

impl std::error::Error for NatsError {}
