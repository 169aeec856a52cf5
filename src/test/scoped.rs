//! A future that runs under one subscriber.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;
use tracing_core::dispatcher::{self, Dispatch};

pin_project! {
    /// A future whose events a capture collects, from [`Capture::scope`](super::Capture::scope).
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct CaptureFuture<F> {
        dispatch: Dispatch,
        #[pin]
        future: F,
    }
}

impl<F> CaptureFuture<F> {
    pub(super) const fn new(dispatch: Dispatch, future: F) -> Self {
        Self { dispatch, future }
    }
}

impl<F: Future> Future for CaptureFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        dispatcher::with_default(this.dispatch, || this.future.poll(cx))
    }
}
