//! A future that ends its call when it ends.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::__private::call::{ActiveCall, StartedCall};
use crate::__private::finish::{ExtraFields, end};
use crate::callsite::Callsite;
use crate::event_writer::EventWriter;

pin_project! {
    /// A boxed future, and its call.
    pub(super) struct CallFuture<F, E, C> {
        callsite: &'static Callsite,
        phase: CallPhase<E>,
        #[pin]
        future: F,
        check: C,
    }
}

/// The phase of the call.
enum CallPhase<E> {
    NotPolled(E),
    Running(ActiveCall),
    Ended,
}

impl<F, E, C> CallFuture<F, E, C>
where
    F: Future,
    E: StartedCall,
    C: FnMut(&F::Output, Option<&mut EventWriter<'_>>) -> bool,
{
    pub(super) fn new(callsite: &'static Callsite, call: E, future: F, check: C) -> Self {
        Self {
            callsite,
            phase: CallPhase::NotPolled(call),
            future,
            check,
        }
    }
}

impl<F, E, C> Future for CallFuture<F, E, C>
where
    F: Future,
    E: StartedCall,
    C: FnMut(&F::Output, Option<&mut EventWriter<'_>>) -> bool,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        *this.phase = match std::mem::replace(this.phase, CallPhase::Ended) {
            CallPhase::NotPolled(call) => CallPhase::Running(call.running(this.callsite)),
            other => other,
        };
        let output = std::task::ready!(this.future.poll(cx));
        match std::mem::replace(this.phase, CallPhase::Ended) {
            CallPhase::Running(call) => Poll::Ready(end(
                this.callsite,
                call,
                output,
                ExtraFields::Present,
                this.check,
            )),
            _ => Poll::Ready(output),
        }
    }
}
