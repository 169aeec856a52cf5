//! The current context of a task, a thread or a stream.

use std::future::Future;
use std::pin::Pin;
use std::task::{self, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::Context;
use super::propagate::Propagated;

impl Context {
    /// Makes this the current context whenever `future` is polled, on whatever thread, and while it is dropped.
    ///
    /// A stream may stand in the future's place. It is not carried into what the future spawns: wrap that with
    /// [`propagate`](super::propagate).
    ///
    /// Where the future drives other tasks while it is polled, as `LocalSet::run_until` does, those are not in the scope;
    /// the future given to it is. Tasks are told apart on tokio, with the feature `tokio` (on with `runtime`) and once a layer is
    /// made. On other executors, and without it, what is polled meanwhile is in the scope.
    pub const fn scope<F>(self, future: F) -> WithContext<F> {
        WithContext {
            carried: Propagated::of(self),
            future: Some(future),
        }
    }

    /// Makes this the current context while `work` runs.
    ///
    /// Where `work` drives a runtime, the future given to `block_on` is in the scope; the tasks that run meanwhile are not,
    /// as far as [`scope`](Self::scope) says.
    pub fn in_scope<T>(self, work: impl FnOnce() -> T) -> T {
        let mut carried = Propagated::of(self);
        let _entered = carried.enter();
        work()
    }
}

pin_project! {
    /// A future or a stream with a context; see [`Context::scope`] and [`propagate`](super::propagate).
    #[derive(Debug)]
    #[must_use = "futures and streams do nothing unless polled"]
    pub struct WithContext<F> {
        carried: Propagated,
        // Taken only by `drop`.
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

    /// What has the context.
    pub const fn get_ref(&self) -> Option<&F> {
        self.future.as_ref()
    }

    /// Runs `work` on it inside the context: for what is polled, but is neither a future nor a stream. `None` only while
    /// it is being dropped.
    pub fn within<T>(self: Pin<&mut Self>, work: impl FnOnce(Pin<&mut F>) -> T) -> Option<T> {
        let this = self.project();
        let _entered = this.carried.enter();
        this.future.as_pin_mut().map(work)
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
