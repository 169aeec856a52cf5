//! What a context takes along from where it is made or taken: what the spans around say, and a test's subscriber.

use std::sync::Arc;

use super::Context;
use super::along::Along;
use crate::tap;

impl Context {
    /// Adds what is around now: where the context is taken to, it is not.
    pub(super) fn with_surroundings(mut self) -> Self {
        let around = tap::around(|dispatch, tap| (tap.spans(dispatch), Along::of(dispatch, tap)));
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

    /// Takes a subscriber that goes along, and nothing else: what spans say here is not this context's.
    pub(super) fn with_subscriber(mut self) -> Self {
        self.along = Along::around();
        self
    }
}
