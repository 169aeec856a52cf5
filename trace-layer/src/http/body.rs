//! The body of a response. It may record events, for example as a stream of messages.

use std::pin::Pin;
use std::task::{self, Poll};

use behavior_trace_core::{Context, WithContext};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

pin_project! {
    /// A body that is polled and dropped inside its request's context.
    #[derive(Debug)]
    pub struct ContextBody<B> {
        #[pin]
        inner: WithContext<B>,
    }
}

impl<B> ContextBody<B> {
    pub(super) const fn new(context: Context, body: B) -> Self {
        Self {
            inner: context.scope(body),
        }
    }
}

/// An empty body outside of any request, which some servers need.
impl<B: Default> Default for ContextBody<B> {
    fn default() -> Self {
        Self::new(Context::root(), B::default())
    }
}

impl<B: Body> Body for ContextBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let inner = self.project().inner;
        inner
            .within(|body| body.poll_frame(cx))
            .unwrap_or(Poll::Ready(None))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.get_ref().is_none_or(B::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner
            .get_ref()
            .map_or_else(SizeHint::new, B::size_hint)
    }
}
