//! Mirrors of calls that begin in one subscriber and end in another.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use behavior_trace::behavior_trace;
use behavior_trace_layer::BehaviorTraceLayer;
use tokio::task::yield_now;
use tracing::dispatcher::{self, DefaultGuard};
use tracing::{Dispatch, Event, Subscriber};
use tracing_subscriber::prelude::*;
use tracing_subscriber::{Layer, registry};

use crate::collected::Collected;

#[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
async fn update_user(id: i64) {
    yield_now().await;
}

/// Records a call, and installs another subscriber before it returns.
#[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
fn switch(id: i64, to: &Dispatch) -> DefaultGuard {
    dispatcher::set_default(to)
}

/// Layer that counts mirrors.
#[derive(Clone, Default)]
struct Mirrors(Arc<Collected>);

impl<S: Subscriber> Layer<S> for Mirrors {
    fn on_event(&self, event: &Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        if event.metadata().name() == "activity" {
            behavior_trace_core::Sink::count(&*self.0, behavior_trace_core::Counter::Reentrant);
        }
    }
}

struct Place {
    sink: Arc<Collected>,
    mirrors: Mirrors,
    dispatch: Dispatch,
}

fn place() -> Place {
    let (sink, mirrors) = (Collected::new(), Mirrors::default());
    let layer = BehaviorTraceLayer::new(sink.clone());
    let dispatch = registry().with(mirrors.clone()).with(layer).into();
    Place {
        sink,
        mirrors,
        dispatch,
    }
}

impl Place {
    /// Returns the numbers of new rows and new mirrors.
    fn seen(&self) -> (usize, usize) {
        (self.sink.take().len(), self.mirrors.0.tallies().len())
    }
}

#[test]
fn a_mirror_goes_to_the_subscriber_in_which_its_call_began() {
    let (begin, other) = (place(), place());
    let nobody = Dispatch::new(registry());
    for end in [&other.dispatch, &nobody, &begin.dispatch] {
        let mut call = pin!(update_user(7));
        let mut task = Context::from_waker(Waker::noop());
        let first = dispatcher::with_default(&begin.dispatch, || call.as_mut().poll(&mut task));
        assert_eq!(first, Poll::Pending);
        let last = dispatcher::with_default(end, || call.as_mut().poll(&mut task));
        assert_eq!(last, Poll::Ready(()));
        assert_eq!((begin.seen(), other.seen()), ((1, 1), (0, 0)));

        dispatcher::with_default(&begin.dispatch, || drop(switch(7, end)));
        assert_eq!((begin.seen(), other.seen()), ((1, 1), (0, 0)));
    }
}
