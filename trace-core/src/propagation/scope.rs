//! Scopes: the current context of a task, a thread or a stream.

use std::future::Future;
use std::pin::Pin;
use std::task::{self, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::propagate::Propagated;
use crate::context::Context;

impl Context {
    /// Makes this the current context whenever `future` is polled, on any thread, and while it is dropped.
    ///
    /// A stream can replace the future. A task that the future spawns does not get the context: wrap that task with
    /// [`propagate`](super::propagate).
    ///
    /// Other tasks that the future drives while it is polled, as `LocalSet::run_until` does, are not in the scope. The
    /// future passed to it is. Tasks are distinguished only on tokio, with the feature `tokio` (on with `runtime`), and once
    /// a layer is made. Otherwise everything polled meanwhile is in the scope.
    pub const fn scope<F>(self, future: F) -> WithContext<F> {
        WithContext {
            carried: Propagated::of(self),
            future: Some(future),
        }
    }

    /// Makes this the current context while `f` runs.
    ///
    /// If `f` drives a runtime, the future passed to `block_on` is in the scope. Tasks that run meanwhile are not, within
    /// the limits that [`scope`](Self::scope) describes.
    pub fn in_scope<T>(self, f: impl FnOnce() -> T) -> T {
        let mut carried = Propagated::of(self);
        let _entered = carried.enter();
        f()
    }
}

pin_project! {
    /// A future or a stream with a context; see [`Context::scope`] and [`propagate`](super::propagate).
    #[derive(Debug)]
    #[must_use = "futures and streams do nothing unless polled"]
    pub struct WithContext<F> {
        carried: Propagated,
        // It is taken only by `drop`.
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for WithContext<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _entered = this.carried.enter();
            this.future.set(None);
        }
    }
}

impl<F> WithContext<F> {
    pub(super) const fn new(carried: Propagated, future: F) -> Self {
        Self {
            carried,
            future: Some(future),
        }
    }

    /// Returns the future or stream inside.
    pub const fn get_ref(&self) -> Option<&F> {
        self.future.as_ref()
    }

    /// Runs `f` on the inner value inside the context. Use it for a polled value that is neither a future nor a stream.
    ///
    /// Returns `None` only while the value is being dropped.
    pub fn within<T>(self: Pin<&mut Self>, f: impl FnOnce(Pin<&mut F>) -> T) -> Option<T> {
        let this = self.project();
        let _entered = this.carried.enter();
        this.future.as_pin_mut().map(f)
    }
}

impl<F: Future> Future for WithContext<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<F::Output> {
        self.within(|future| future.poll(cx))
            .unwrap_or(Poll::Pending)
    }
}

impl<S: Stream> Stream for WithContext<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<S::Item>> {
        self.within(|stream| stream.poll_next(cx))
            .unwrap_or(Poll::Ready(None))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.get_ref().map_or((0, Some(0)), S::size_hint)
    }
}
