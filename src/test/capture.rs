//! A sink that keeps its events.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use behavior_trace_core::{Activity, Counter, Event, Fields, Policy, Sink, Timestamp};
use behavior_trace_layer::BehaviorTraceLayer;
use behavior_trace_runtime::DefaultPolicy;
use tracing_core::dispatcher::{self, DefaultGuard, Dispatch};
use uuid::Uuid;

use super::scoped::CaptureFuture;

/// A collector of events in memory, without a database and without a thread.
///
/// Clones share what they collect.
#[derive(Clone)]
pub struct Capture {
    sink: Arc<Kept>,
    dispatch: Dispatch,
}

struct Kept {
    policy: Box<dyn Policy>,
    events: AtomicU64,
    activities: Mutex<Vec<Activity<'static>>>,
    tallies: Mutex<Vec<Counter>>,
}

impl Capture {
    /// Creates an empty capture with the default policy.
    pub fn new() -> Self {
        Self::with_policy(DefaultPolicy::default())
    }

    /// Creates an empty capture with this policy, to test the policy itself.
    pub fn with_policy(policy: impl Policy) -> Self {
        let sink = Arc::new(Kept {
            policy: Box::new(policy),
            events: AtomicU64::new(0),
            activities: Mutex::default(),
            tallies: Mutex::default(),
        });
        let dispatch = Dispatch::from(BehaviorTraceLayer::new(sink.clone()));
        Self { sink, dispatch }
    }

    /// Collects the events of `work` on this thread.
    pub fn in_scope<T>(&self, work: impl FnOnce() -> T) -> T {
        dispatcher::with_default(&self.dispatch, work)
    }

    /// Collects the events of `future`, on every thread that polls it.
    ///
    /// Events of another task or thread are collected if a context is propagated to it: wrap the work in
    /// [`propagate`](crate::context::propagate), [`propagate_fn`](crate::context::propagate_fn) or
    /// [`propagate_each`](crate::context::propagate_each), or run it in the scope of a [`Context`](crate::Context) that was
    /// created or read in here. A task spawned without one is outside, as for any subscriber; give it its own scope.
    pub fn scope<F: Future>(&self, future: F) -> CaptureFuture<F> {
        CaptureFuture::new(self.dispatch.clone(), future)
    }

    /// Collects the events of this thread until the guard is dropped.
    pub fn install(&self) -> CaptureGuard {
        CaptureGuard {
            _guard: dispatcher::set_default(&self.dispatch),
        }
    }

    /// Creates a layer for this capture, for a test that composes its own subscriber, on top of any other layers.
    ///
    /// ```
    /// use behavior_trace::test::Capture;
    /// use tracing_subscriber::layer::SubscriberExt;
    ///
    /// let capture = Capture::new();
    /// let other = tracing_subscriber::fmt::layer();
    /// let subscriber = tracing_subscriber::registry().with(other).with(capture.layer());
    /// # let _ = subscriber;
    /// ```
    pub fn layer<S>(&self) -> BehaviorTraceLayer<S> {
        BehaviorTraceLayer::new(self.sink.clone())
    }

    /// Returns the events so far, in order, as the rows that a store would receive.
    pub fn activities(&self) -> Vec<Activity<'static>> {
        lock(&self.sink.activities).clone()
    }

    /// Returns the number of calls without an event for this reason.
    pub fn count(&self, tally: Counter) -> usize {
        lock(&self.sink.tallies)
            .iter()
            .filter(|&&counted| counted == tally)
            .count()
    }

    /// Removes all collected events and counts.
    pub fn clear(&self) {
        self.sink.events.store(0, Ordering::Relaxed);
        lock(&self.sink.activities).clear();
        lock(&self.sink.tallies).clear();
    }
}

impl Default for Capture {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture")
            .field("activities", &*lock(&self.sink.activities))
            .finish_non_exhaustive()
    }
}

/// A guard that keeps a [`Capture`] installed on its thread.
#[must_use = "the capture collects until this guard is dropped"]
pub struct CaptureGuard {
    _guard: DefaultGuard,
}

impl fmt::Debug for CaptureGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaptureGuard").finish_non_exhaustive()
    }
}

impl Sink for Kept {
    fn with_policy(&self, ask: &mut dyn FnMut(&dyn Policy)) {
        ask(&*self.policy);
    }

    fn has_room(&self) -> bool {
        true
    }

    fn accept(&self, occurred_at: Timestamp, fields: &Fields) {
        let event = Event::decode(occurred_at, fields.as_bytes());
        // Numbered, not random: a test may compare the ids.
        let number = self.events.fetch_add(1, Ordering::Relaxed) + 1;
        // Outside the lock: a policy under test may read the capture.
        let activity = self.policy.finish(Uuid::from_u128(number.into()), &event);
        lock(&self.activities).push(activity.into_owned());
    }

    fn count(&self, tally: Counter) {
        lock(&self.tallies).push(tally);
    }

    fn goes_along(&self) -> bool {
        true
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
