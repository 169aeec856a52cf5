//! Blocking work inside the context of its request.

use std::future::Future;

use actix_web::error::BlockingError;
use actix_web::web;
use behavior_trace_core::propagate_fn;

/// Runs `work` on a thread for blocking work, as [`web::block`] does, inside the context of the caller.
///
/// `web::block` itself leaves the context behind, since it runs on another thread: events there would have no actor and no
/// request.
///
/// # Errors
///
/// Returns [`BlockingError`] if `work` panics or the thread pool is gone, as `web::block` does.
///
/// ```
/// use behavior_trace::record;
///
/// # async fn handler() -> actix_web::Result<()> {
/// behavior_trace_actix::block(|| record!(action = "report.create", resource = "Report")).await?;
/// # Ok(())
/// # }
/// ```
pub fn block<F, R>(work: F) -> impl Future<Output = Result<R, BlockingError>> + use<F, R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    web::block(propagate_fn(work))
}
