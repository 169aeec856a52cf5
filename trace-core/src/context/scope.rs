//! The current context of a task, a thread or a stream.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{self, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::{CURRENT, Context};
use crate::unit::Place;

impl Context {
    /// Makes this the current context whenever `future` is polled, on whatever thread, and while it is dropped.
    ///
    /// A stream may stand in the future's place. It is not carried into what the future spawns: wrap that with
    /// [`carry`](super::carry).
    pub const fn scope<F>(self, future: F) -> Scoped<F> {
        Scoped {
            context: Some(self),
            future: Some(future),
        }
    }

    /// Makes this the current context while `work` runs.
    pub fn in_scope<T>(self, work: impl FnOnce() -> T) -> T {
        let mut own = Some(self);
        let _entered = Entered::new(&mut own);
        work()
    }
}

/// Swaps a context with the thread's current one, and back when dropped, also by a panic.
struct Entered<'a> {
    other: &'a mut Option<Context>,
    own_place: Option<Place>,
    swapped: bool,
}

impl<'a> Entered<'a> {
    /// Enters `other`; without one, what is current stays so.
    fn new(other: &'a mut Option<Context>) -> Self {
        let own_place = other.as_mut().and_then(Context::enter_place);
        let swapped = other.is_some() && swap(other);
        Self {
            other,
            own_place,
            swapped,
        }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        if self.swapped {
            swap(self.other);
        }
        if let Some(context) = self.other {
            context.leave_place(self.own_place.take());
        }
    }
}

/// Whether it was done: a thread being torn down has no current context.
fn swap(other: &mut Option<Context>) -> bool {
    CURRENT
        .try_with(|current| mem::swap(&mut *current.borrow_mut(), other))
        .is_ok()
}

pin_project! {
    /// A future or a stream with a context; see [`Context::scope`] and [`carry`](super::carry).
    #[derive(Debug)]
    #[must_use = "futures and streams do nothing unless polled"]
    pub struct Scoped<F> {
        context: Option<Context>,
        // Taken only by `drop`.
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for Scoped<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let _entered = Entered::new(this.context);
            this.future.set(None);
        }
    }
}

impl<F> Scoped<F> {
    /// Carries `context`, if there is one.
    pub(super) const fn new(context: Option<Context>, future: F) -> Self {
        Self {
            context,
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
        let _entered = Entered::new(this.context);
        this.future.as_pin_mut().map(work)
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<F::Output> {
        self.within(|future| future.poll(cx))
            .unwrap_or(Poll::Pending)
    }
}

impl<S: Stream> Stream for Scoped<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Option<S::Item>> {
        self.within(|stream| stream.poll_next(cx))
            .unwrap_or(Poll::Ready(None))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.get_ref().map_or((0, Some(0)), S::size_hint)
    }
}
