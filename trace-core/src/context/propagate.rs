//! Across hand-offs: what is spawned keeps the context of who spawned it.

use super::along::Along;
use super::current::Entered;
use super::{Context, WithContext};

/// What goes from one task or thread to another.
#[derive(Clone, Debug)]
pub(super) struct Propagated {
    context: Option<Context>,
    /// For where there is no context to take it along.
    along: Along,
}

impl Propagated {
    pub(super) const fn of(context: Context) -> Self {
        Self {
            context: Some(context),
            along: Along::NOTHING,
        }
    }

    /// Takes the current context, and one for what the spans around say where there is none.
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

    /// Enters it until the guard is dropped.
    pub(super) fn enter(&mut self) -> Entered<'_> {
        let along = match &self.context {
            Some(context) => context.along.enter(),
            None => self.along.enter(),
        };
        Entered::new(&mut self.context, along)
    }
}

/// Gives a future or a stream the current context, so that it may run elsewhere: in another task, on another thread.
///
/// The cell is shared: an actor set later, on either side, reaches both. What the spans around say now comes along, and is
/// said after what contexts and spans there say. Where there is neither a current context nor a span that says something,
/// it changes nothing.
///
/// ```
/// use behavior_trace_core::propagate;
///
/// # fn spawn<T>(_: impl Future<Output = T>) {}
/// # async fn send_welcome() {}
/// spawn(propagate(async {
///     send_welcome().await;
/// }));
/// ```
///
/// It fits every spawn there is: `tokio::spawn(propagate(…))`, `join_set.spawn(propagate(…))`.
pub fn propagate<F>(future: F) -> WithContext<F> {
    WithContext::new(Propagated::from_here(), future)
}

/// Gives a closure the current context and what the spans around say, so that it may run on another thread; see [`propagate`].
///
/// ```
/// use behavior_trace_core::propagate_fn;
///
/// let worker = std::thread::spawn(propagate_fn(|| 7));
/// assert_eq!(worker.join().ok(), Some(7));
/// ```
///
/// It fits `tokio::task::spawn_blocking(propagate_fn(…))`, `web::block(propagate_fn(…))` and `rayon::spawn(propagate_fn(…))` alike.
pub fn propagate_fn<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let mut carried = Propagated::from_here();
    move || {
        let _entered = carried.enter();
        work()
    }
}

/// Gives a closure that is called many times the current context and what the spans around say, for parallel iterators and
/// the like; see [`propagate`].
///
/// ```
/// use behavior_trace_core::propagate_each;
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
