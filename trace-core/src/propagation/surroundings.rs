//! New contexts and their surroundings: the fields of the spans at their creation, and a test's subscriber.

use std::sync::Arc;

use crate::context::{Along, Context, ContextToken};
use crate::fields::Fields;
use crate::layer_handle;

impl Context {
    /// Creates an empty context, inside the current one if there is one.
    pub fn new() -> Self {
        Self::within(Self::innermost(), Fields::new()).with_surroundings()
    }

    /// Creates an empty context outside the current one.
    ///
    /// Use it for work with its own correlation, such as a job unrelated to the request that started it.
    pub fn root() -> Self {
        Self::within(None, Fields::new()).with_subscriber()
    }

    /// Returns the innermost context of the running task or thread.
    pub fn current() -> Option<Self> {
        Self::innermost().map(Self::with_surroundings)
    }

    /// Adds the surroundings of this place, which do not exist at the context's destination.
    pub(super) fn with_surroundings(mut self) -> Self {
        let around = layer_handle::around(|dispatch, handle| {
            (handle.spans(dispatch), Along::of(dispatch, handle))
        });
        let (spans, along) = around.unwrap_or((None, Along::NOTHING));
        if let Some(mut spans) = spans {
            if let Some(before) = &self.spans {
                spans.merge(before);
            }
            self.spans = Some(Arc::new(spans));
        }
        self.along = along.or(self.along);
        self
    }

    /// Adds a propagated subscriber, but no field of a span: the spans here do not belong to this context.
    pub(super) fn with_subscriber(mut self) -> Self {
        self.along = Along::around();
        self
    }
}

impl From<ContextToken> for Context {
    /// Creates a context outside the current one: the worker's own context does not apply to the job.
    fn from(token: ContextToken) -> Self {
        Self::within(None, token.into_fields()).with_subscriber()
    }
}

impl Default for Context {
    fn default() -> Self {
        Self::new()
    }
}
