//! The body of a response. It may record events, for example as a stream of rows.

use std::pin::Pin;
use std::task::{self, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use behavior_trace_core::{Context, WithContext};
use pin_project_lite::pin_project;

pin_project! {
    /// A body that is polled and dropped inside its request's context.
    #[derive(Debug)]
    pub struct ScopedBody<B> {
        #[pin]
        inner: WithContext<B>,
    }
}

impl<B> ScopedBody<B> {
    pub(crate) const fn new(context: Context, body: B) -> Self {
        Self {
            inner: context.scope(body),
        }
    }
}

impl<B: MessageBody> MessageBody for ScopedBody<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.inner
            .get_ref()
            .map_or(BodySize::None, MessageBody::size)
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let inner = self.project().inner;
        inner
            .within(|body| body.poll_next(cx))
            .unwrap_or(Poll::Ready(None))
    }
}
