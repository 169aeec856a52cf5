//! The units of work that end with a future or a closure.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{self, Poll, ready};

use pin_project_lite::pin_project;

use super::UnitOfWork;
use crate::outcome::Outcome;
use crate::propagation::WithContext;

/// Runs `work` as a unit of work. Events made inside leave when it succeeds, in the order of their calls. They are discarded
/// when it fails, panics or is dropped.
///
/// Success is defined as for the attribute: `Ok` of a `Result`, `()`, or a type's own [`Outcome`](crate::Outcome). For
/// `Option`, `bool` and all other types, use [`unit_of_work_with`].
///
/// ```
/// use behavior_trace::unit_of_work;
///
/// # async fn charge() -> Result<(), &'static str> { Ok(()) }
/// # async fn ship() -> Result<(), &'static str> { Ok(()) }
/// # async fn order() -> Result<(), &'static str> {
/// unit_of_work(async {
///     charge().await?; // The events recorded in here …
///     ship().await // … are discarded if this fails.
/// })
/// .await
/// # }
/// ```
///
/// `None` may mean success or failure, so the compiler rejects it:
///
/// ```compile_fail
/// # async fn find() -> Option<u64> { None }
/// behavior_trace::unit_of_work(find()); // say which, with `unit_of_work_with`
/// ```
pub fn unit_of_work<F>(work: F) -> UnitOfWorkFuture<F, fn(&F::Output) -> bool>
where
    F: Future<Output: Outcome>,
{
    unit_of_work_with(work, |output| output.success().is_some())
}

/// Runs `work` as a unit of work. `succeeded` checks its output.
///
/// If `succeeded` panics, the outcome is unknown, and the events leave with the mark `"commit": "unknown"`.
///
/// ```
/// use behavior_trace::unit_of_work_with;
///
/// # async fn take_one() -> Option<u64> { None }
/// # async fn order() {
/// let taken = unit_of_work_with(take_one(), Option::is_some).await;
/// # }
/// ```
pub fn unit_of_work_with<F, J>(work: F, succeeded: J) -> UnitOfWorkFuture<F, J>
where
    F: Future,
    J: FnOnce(&F::Output) -> bool,
{
    let unit = UnitOfWork::new();
    UnitOfWorkFuture {
        work: unit.scope(work),
        ending: Some((unit, succeeded)),
    }
}

/// Runs a closure as a unit of work; the blocking variant of [`unit_of_work`].
///
/// ```
/// use behavior_trace::unit_of_work_blocking;
///
/// # fn charge() -> Result<(), &'static str> { Ok(()) }
/// # fn ship() -> Result<(), &'static str> { Ok(()) }
/// unit_of_work_blocking(|| charge().and_then(|()| ship()))
/// # ;
/// ```
pub fn unit_of_work_blocking<T: Outcome>(work: impl FnOnce() -> T) -> T {
    unit_of_work_blocking_with(work, |output| output.success().is_some())
}

/// Runs a closure as a unit of work, checked by `succeeded`; the blocking variant of [`unit_of_work_with`].
pub fn unit_of_work_blocking_with<T>(
    work: impl FnOnce() -> T,
    succeeded: impl FnOnce(&T) -> bool,
) -> T {
    let unit = UnitOfWork::new();
    let output = unit.in_scope(work);
    settle(unit, succeeded, &output);
    output
}

fn settle<T>(unit: UnitOfWork, succeeded: impl FnOnce(&T) -> bool, output: &T) {
    match catch_unwind(AssertUnwindSafe(|| succeeded(output))) {
        Ok(true) => unit.commit(),
        Ok(false) => unit.rollback(),
        Err(_) => unit.commit_unknown(),
    }
}

pin_project! {
    /// A future that is a unit of work; see [`unit_of_work`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct UnitOfWorkFuture<F, J> {
        // The order matters: events recorded while the future's values are dropped still find the unit open.
        #[pin]
        work: WithContext<F>,
        ending: Option<(UnitOfWork, J)>,
    }
}

impl<F, J> Future for UnitOfWorkFuture<F, J>
where
    F: Future,
    J: FnOnce(&F::Output) -> bool,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let output = ready!(this.work.poll(cx));
        if let Some((unit, succeeded)) = this.ending.take() {
            settle(unit, succeeded, &output);
        }
        Poll::Ready(output)
    }
}
