//! What the spans around say, where a context is taken from.

use std::sync::Arc;

use super::Context;
use crate::tap;

impl Context {
    /// Adds what the spans around say now: where the context is taken to, they are not around.
    pub(super) fn with_spans(mut self) -> Self {
        if let Some(mut around) = tap::spans_around() {
            if let Some(before) = &self.spans {
                around.merge(before);
            }
            self.spans = Some(Arc::new(around));
        }
        self
    }

    /// Returns the current context and what the spans around say, to be taken elsewhere; `None` if there is neither.
    pub(super) fn to_carry() -> Option<Self> {
        match Self::innermost() {
            Some(context) => Some(context.with_spans()),
            None => Some(Self::root().with_spans()).filter(|context| context.spans.is_some()),
        }
    }
}
