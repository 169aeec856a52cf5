//! A future that ends its call when it ends.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::__private::entry::{Begun, Entry};
use crate::__private::finish::{Adds, end};
use crate::__private::pen::Pen;
use crate::callsite::Callsite;

pin_project! {
    /// A boxed future, and the call it belongs to.
    pub(super) struct Watch<F, E, A> {
        callsite: &'static Callsite,
        call: Call<E>,
        #[pin]
        future: F,
        account: A,
    }
}

/// How far it is.
enum Call<E> {
    NotPolled(E),
    Running(Entry),
    Ended,
}

impl<F, E, A> Watch<F, E, A>
where
    F: Future,
    E: Begun,
    A: FnMut(&F::Output, Option<&mut Pen<'_>>) -> bool,
{
    pub(super) fn new(callsite: &'static Callsite, entry: E, future: F, account: A) -> Self {
        Self {
            callsite,
            call: Call::NotPolled(entry),
            future,
            account,
        }
    }
}

impl<F, E, A> Future for Watch<F, E, A>
where
    F: Future,
    E: Begun,
    A: FnMut(&F::Output, Option<&mut Pen<'_>>) -> bool,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        *this.call = match std::mem::replace(this.call, Call::Ended) {
            Call::NotPolled(entry) => Call::Running(entry.running(this.callsite)),
            other => other,
        };
        let output = std::task::ready!(this.future.poll(cx));
        match std::mem::replace(this.call, Call::Ended) {
            Call::Running(entry) => Poll::Ready(end(
                this.callsite,
                entry,
                output,
                Adds::Something,
                this.account,
            )),
            _ => Poll::Ready(output),
        }
    }
}
