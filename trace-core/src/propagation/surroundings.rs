//! New contexts, and what they take along from where they are made: the fields of the spans around, and a test's
//! subscriber.

use std::sync::Arc;

use crate::context::{Along, Context, ContextToken};
use crate::fields::Fields;
use crate::layer_handle;

impl Context {
    /// Makes an empty context, inside the current one if there is one.
    pub fn new() -> Self {
        Self::within(Self::innermost(), Fields::new()).with_surroundings()
    }

    /// Makes an empty context inside none, even where one is current.
    ///
    /// It is for work with a correlation of its own, such as a job that is unrelated to the request that started it.
    pub fn root() -> Self {
        Self::within(None, Fields::new()).with_subscriber()
    }

    /// Returns the innermost context of the running task or thread.
    pub fn current() -> Option<Self> {
        Self::innermost().map(Self::with_surroundings)
    }

    /// Adds the surroundings of this place, which are not around where the context is taken to.
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

    /// Takes a subscriber that goes along, and no field of a span: those here are not this context's.
    pub(super) fn with_subscriber(mut self) -> Self {
        self.along = Along::around();
        self
    }
}

impl From<ContextToken> for Context {
    /// Makes a context inside none, even where one is current: the worker's own context is not the job's.
    fn from(token: ContextToken) -> Self {
        Self::within(None, token.into_fields()).with_subscriber()
    }
}

impl Default for Context {
    fn default() -> Self {
        Self::new()
    }
}
