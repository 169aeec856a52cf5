//! A future that ends its call when it ends.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::__private::entry::Entry;
use crate::__private::pen::Pen;
use crate::callsite::Callsite;

pin_project! {
    /// A boxed future, and the call it belongs to.
    pub(super) struct Watch<F, A> {
        callsite: &'static Callsite,
        call: Call,
        #[pin]
        future: F,
        account: A,
    }
}

/// How far it is.
enum Call {
    NotPolled(Entry),
    Running(Entry),
    Ended,
}

impl<F, A> Watch<F, A>
where
    F: Future,
    A: FnMut(&F::Output, Option<&mut Pen<'_>>) -> bool,
{
    pub(super) fn new(callsite: &'static Callsite, entry: Entry, future: F, account: A) -> Self {
        Self {
            callsite,
            call: Call::NotPolled(entry),
            future,
            account,
        }
    }
}

impl<F, A> Future for Watch<F, A>
where
    F: Future,
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
        if let Call::Running(entry) = std::mem::replace(this.call, Call::Ended)
            && entry.is_on()
        {
            entry.conclude(this.callsite, &mut |pen| (this.account)(&output, pen));
        }
        Poll::Ready(output)
    }
}
