//! Propagation to spawned tasks and threads, which keep the context of the spawning one.

use super::WithContext;
use super::current::Entered;
use crate::context::{Along, Context};

/// The context and the subscriber that are propagated to another task or thread.
#[derive(Clone, Debug)]
pub(super) struct Propagated {
    context: Option<Context>,
    /// The subscriber, if there is no context to propagate it.
    along: Along,
}

impl Propagated {
    pub(super) const fn of(context: Context) -> Self {
        Self {
            context: Some(context),
            along: Along::NOTHING,
        }
    }

    /// Takes the current context. Without one it creates a context with the fields of the surrounding spans.
    fn from_here() -> Self {
        let context = match Context::innermost() {
            Some(context) => Some(context.with_surroundings()),
            None => Some(Context::root().with_surroundings()).filter(Context::has_spans),
        };
        let along = match context {
            Some(_) => Along::NOTHING,
            None => Along::around(),
        };
        Self { context, along }
    }

    /// Enters the context until the guard is dropped.
    pub(super) fn enter(&mut self) -> Entered<'_> {
        let along = match &self.context {
            Some(context) => context.along.enter(),
            None => self.along.enter(),
        };
        Entered::new(&mut self.context, along)
    }
}

/// Gives a future or a stream the current context, so that it may run in another task or on another thread.
///
/// The cell is shared: an actor set later on either side reaches both. The fields of the current spans are copied and rank
/// after the contexts and spans there. Without a current context and without such a span it has no effect.
///
/// ```
/// use behavior_trace::context::propagate;
///
/// # fn spawn<T>(_: impl Future<Output = T>) {}
/// # async fn send_welcome() {}
/// spawn(propagate(async {
///     send_welcome().await;
/// }));
/// ```
///
/// It works with any spawn function: `tokio::spawn(propagate(…))`, `join_set.spawn(propagate(…))`.
pub fn propagate<F>(future: F) -> WithContext<F> {
    WithContext::new(Propagated::from_here(), future)
}

/// Gives a closure the current context and the fields of the surrounding spans, so that it may run on another thread.
///
/// See [`propagate`].
///
/// ```
/// use behavior_trace::context::propagate_fn;
///
/// let worker = std::thread::spawn(propagate_fn(|| 7));
/// assert_eq!(worker.join().ok(), Some(7));
/// ```
///
/// It works with `tokio::task::spawn_blocking(propagate_fn(…))`, `web::block(propagate_fn(…))` and
/// `rayon::spawn(propagate_fn(…))` alike.
pub fn propagate_fn<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let mut carried = Propagated::from_here();
    move || {
        let _entered = carried.enter();
        work()
    }
}

/// Gives a repeatedly called closure the current context and the fields of the surrounding spans.
///
/// It is meant for parallel iterators and the like; see [`propagate`].
///
/// ```
/// use behavior_trace::context::propagate_each;
///
/// let doubled: Vec<i32> = [1, 2].into_iter().map(propagate_each(|n| n * 2)).collect();
/// assert_eq!(doubled, [2, 4]);
/// ```
pub fn propagate_each<A, T>(work: impl Fn(A) -> T) -> impl Fn(A) -> T {
    let carried = Propagated::from_here();
    move |argument| {
        let mut carried = carried.clone();
        let _entered = carried.enter();
        work(argument)
    }
}
