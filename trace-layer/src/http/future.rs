//! The future of a response.

use std::future::Future;
use std::pin::Pin;
use std::task::{self, Poll};

use behavior_trace_core::{Context, WithContext};
use http::{HeaderValue, Response};
use pin_project_lite::pin_project;

use super::REQUEST_ID;
use super::body::ContextBody;

pin_project! {
    /// The response future of a [`ContextService`](super::ContextService).
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: WithContext<F>,
        context: Context,
        request_id: Option<HeaderValue>,
    }
}

impl<F> ResponseFuture<F> {
    pub(super) fn new(context: Context, future: F, request_id: Option<HeaderValue>) -> Self {
        Self {
            inner: context.clone().scope(future),
            context,
            request_id,
        }
    }
}

impl<F, R, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
{
    type Output = Result<Response<ContextBody<R>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = std::task::ready!(this.inner.poll(cx));
        Poll::Ready(response.map(|response| {
            let context = this.context.clone();
            let mut response = response.map(|body| ContextBody::new(context, body));
            if let Some(id) = this.request_id.take() {
                response.headers_mut().insert(REQUEST_ID, id);
            }
            response
        }))
    }
}
