//! Across hand-offs: what is spawned keeps the context of who spawned it.

use super::{Context, Scoped};

/// Gives a future or a stream the current context, so that it may run elsewhere: in another task, on another thread.
///
/// The cell is shared: an actor set later, on either side, reaches both. What the spans around say now comes along, and is
/// said after what contexts and spans there say. Where there is neither a current context nor a span that says something,
/// it changes nothing.
///
/// ```
/// use behavior_trace_core::carry;
///
/// # fn spawn<T>(_: impl Future<Output = T>) {}
/// # async fn send_welcome() {}
/// spawn(carry(async {
///     send_welcome().await;
/// }));
/// ```
///
/// It fits every spawn there is: `tokio::spawn(carry(…))`, `join_set.spawn(carry(…))`.
pub fn carry<F>(future: F) -> Scoped<F> {
    Scoped::new(Context::to_carry(), future)
}

/// Gives a closure the current context and what the spans around say, so that it may run on another thread; see [`carry`].
///
/// ```
/// use behavior_trace_core::carry_fn;
///
/// let worker = std::thread::spawn(carry_fn(|| 7));
/// assert_eq!(worker.join().ok(), Some(7));
/// ```
///
/// It fits `tokio::task::spawn_blocking(carry_fn(…))`, `web::block(carry_fn(…))` and `rayon::spawn(carry_fn(…))` alike.
pub fn carry_fn<T>(work: impl FnOnce() -> T) -> impl FnOnce() -> T {
    let context = Context::to_carry();
    move || match context {
        Some(context) => context.in_scope(work),
        None => work(),
    }
}

/// Gives a closure that is called many times the current context and what the spans around say, for parallel iterators and
/// the like; see [`carry`].
///
/// ```
/// use behavior_trace_core::carry_each;
///
/// let doubled: Vec<i32> = [1, 2].into_iter().map(carry_each(|n| n * 2)).collect();
/// assert_eq!(doubled, [2, 4]);
/// ```
pub fn carry_each<A, T>(work: impl Fn(A) -> T) -> impl Fn(A) -> T {
    let context = Context::to_carry();
    move |argument| match context.clone() {
        Some(context) => context.in_scope(|| work(argument)),
        None => work(argument),
    }
}
