//! A sink that keeps what it is given.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use behavior_trace_core::{Activity, Counter, Event, Fields, Policy, Sink, Timestamp};
use behavior_trace_layer::BehaviorTraceLayer;
use behavior_trace_runtime::DefaultPolicy;
use tracing_core::dispatcher::{self, DefaultGuard, Dispatch};
use uuid::Uuid;

use super::scoped::CaptureFuture;

/// Collects events in memory, without a database and without a thread of its own.
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
    /// An empty capture under the default policy.
    pub fn new() -> Self {
        Self::with_policy(DefaultPolicy::default())
    }

    /// An empty capture under this policy, to test the policy itself.
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

    /// Collects what `work` records on this thread.
    pub fn in_scope<T>(&self, work: impl FnOnce() -> T) -> T {
        dispatcher::with_default(&self.dispatch, work)
    }

    /// Collects what `future` records, on whatever thread it is polled.
    ///
    /// What it hands to another task or thread is collected if a context goes with it: wrapped in
    /// [`propagate`](crate::context::propagate), [`propagate_fn`](crate::context::propagate_fn) or [`propagate_each`](crate::context::propagate_each),
    /// or in the scope of a [`Context`](crate::Context) that was made or taken in here. What is spawned bare is outside, as it
    /// is for any subscriber; give it a scope of its own.
    pub fn scope<F: Future>(&self, future: F) -> CaptureFuture<F> {
        CaptureFuture::new(self.dispatch.clone(), future)
    }

    /// Collects what this thread records until the guard is dropped.
    pub fn install(&self) -> CaptureGuard {
        CaptureGuard {
            _guard: dispatcher::set_default(&self.dispatch),
        }
    }

    /// A layer into this capture, for a test that composes its own subscriber, on top of whatever other layers.
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

    /// What was recorded so far, in order, as the rows a store would get.
    pub fn activities(&self) -> Vec<Activity<'static>> {
        lock(&self.sink.activities).clone()
    }

    /// How many calls became no event for this reason.
    pub fn count(&self, tally: Counter) -> usize {
        lock(&self.sink.tallies)
            .iter()
            .filter(|&&counted| counted == tally)
            .count()
    }

    /// Forgets what was collected.
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

/// Keeps a [`Capture`] installed on its thread.
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
        // Numbered, not drawn: a test may compare what it sees.
        let number = self.events.fetch_add(1, Ordering::Relaxed) + 1;
        // Outside the lock: a policy under test may look at what was captured.
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
