//! Success and failure of each return type.

use std::future::Future;
use std::pin::Pin;

use behavior_trace::{Outcome, behavior_trace};
use behavior_trace_core::Counter;

use super::collected::{block_on, events, tallies};

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

const NONE: [&str; 0] = [];

#[test]
fn a_plain_value_is_a_success_because_it_was_returned() {
    #[behavior_trace(action = "user.touch", resource = "User")]
    fn touch() -> u64 {
        7
    }
    assert_eq!(events(touch), ["user.touch User"]);
}

#[test]
fn a_boxed_future_succeeds_when_it_ends() {
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = |id| id)]
    fn touch<'a>(id: &'a u64) -> Boxed<'a, Result<u64, String>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            if *id == 0 {
                Err("none".to_owned())
            } else {
                Ok(*id)
            }
        })
    }
    assert_eq!(events(|| drop(touch(&7))), NONE);
    assert_eq!(events(|| block_on(touch(&7))), ["user.touch User id=7"]);
    assert_eq!(events(|| block_on(touch(&0)).is_err()), NONE);
}

#[test]
fn an_opaque_future_succeeds_when_it_ends() {
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
    fn touch(id: u64) -> impl Future<Output = Result<u64, String>> + Send {
        async move {
            if id == 0 {
                Err("none".to_owned())
            } else {
                Ok(id)
            }
        }
    }
    assert_eq!(events(|| block_on(touch(7))), ["user.touch User id=7"]);
    assert_eq!(events(|| block_on(touch(0)).is_err()), NONE);
}

#[test]
fn a_future_dropped_before_its_end_is_in_doubt_and_one_never_polled_is_not() {
    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn touch() {
        std::future::pending().await
    }

    let polled = tallies(|| {
        block_on(async {
            let mut future = Box::pin(touch());
            assert!(futures_poll(&mut future).await.is_none());
        });
    });
    assert_eq!(polled, [Counter::Cancelled]);
    assert_eq!(tallies(|| drop(touch())), []);
}

/// Polls a future once.
async fn futures_poll<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|cx| {
        std::task::Poll::Ready(match Pin::new(&mut *future).poll(cx) {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        })
    })
    .await
}

#[test]
fn the_attribute_says_when_an_option_is_a_success() {
    #[behavior_trace(action = "user.delete", resource = "User", on = some, resource_id = |id| id)]
    fn delete(found: Option<u64>) -> Option<u64> {
        found
    }
    #[behavior_trace(action = "user.insert", resource = "User", on = none)]
    fn insert(old: Option<u64>) -> Option<u64> {
        old
    }
    assert_eq!(
        events(|| (delete(Some(7)), delete(None))),
        ["user.delete User id=7"]
    );
    assert_eq!(
        events(|| (insert(Some(7)), insert(None))),
        ["user.insert User"]
    );
}

#[test]
fn the_attribute_may_ask_a_closure() {
    #[behavior_trace(action = "user.delete", resource = "User", on = |rows| *rows > 0, when = |rows| *rows < 9)]
    fn delete(rows: u64) -> u64 {
        rows
    }
    assert_eq!(events(|| (delete(0), delete(1))), ["user.delete User"]);
    assert_eq!(tallies(|| delete(9)), [Counter::Unchanged]);
}

struct Saved(bool);

impl Outcome for Saved {
    type Success = bool;

    fn success(&self) -> Option<&bool> {
        self.0.then_some(&self.0)
    }
}

#[test]
fn a_type_of_the_users_says_whether_it_succeeded() {
    #[behavior_trace(action = "user.save", resource = "User")]
    fn save(saved: bool) -> Saved {
        Saved(saved)
    }
    assert_eq!(events(|| (save(true), save(false))), ["user.save User"]);
}

#[test]
fn a_reference_to_a_failure_is_a_failure() {
    #[behavior_trace(action = "user.save", resource = "User", payload = |saved| saved)]
    fn save(saved: &mut Saved) -> &Saved {
        saved
    }
    #[behavior_trace(action = "user.save", resource = "User")]
    fn keep(saved: bool) -> Box<dyn Outcome<Success = bool>> {
        Box::new(Saved(saved))
    }
    assert_eq!(
        events(|| save(&mut Saved(true)).0),
        ["user.save User payload=true"]
    );
    assert_eq!(events(|| save(&mut Saved(false)).0), NONE);
    assert_eq!(events(|| (keep(true), keep(false))), ["user.save User"]);
}

/// Outcome of the application, whose names do not show it.
struct Answered<T>(Option<T>);

type Answer<T> = Answered<T>;

impl<T> Outcome for Answered<T> {
    type Success = T;

    fn success(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

struct Holder<T>(T);

impl<T> Holder<T> {
    #[behavior_trace(action = "user.take", resource = "User")]
    fn wrapped(self) -> (T,) {
        (self.0,)
    }

    #[behavior_trace(action = "user.take", resource = "User")]
    fn itself(self) -> Self {
        self
    }

    #[behavior_trace(action = "user.take", resource = "User")]
    fn answered(self, fails: bool) -> Answer<T> {
        Answered((!fails).then_some(self.0))
    }

    #[behavior_trace(action = "user.take", resource = "User", on = |taken| taken.success().is_some())]
    fn told(self) -> T
    where
        T: Outcome,
    {
        self.0
    }

    #[behavior_trace(action = "user.take", resource = "User")]
    fn bound(self) -> T
    where
        T: Outcome,
    {
        self.0
    }
}

#[test]
fn generic_code_is_judged_by_what_is_known_of_its_types() {
    const TAKEN: [&str; 1] = ["user.take User"];
    assert_eq!(events(|| Holder(1).wrapped()), TAKEN);
    assert_eq!(events(|| Holder(1).itself().0), TAKEN);
    assert_eq!(events(|| Holder(1).answered(false).0), TAKEN);
    assert_eq!(events(|| Holder(1).answered(true).0), NONE);
    assert_eq!(events(|| Holder(Saved(true)).told().0), TAKEN);
    assert_eq!(events(|| Holder(Saved(false)).told().0), NONE);
    assert_eq!(events(|| Holder(Saved(true)).bound().0), TAKEN);
    assert_eq!(events(|| Holder(Saved(false)).bound().0), NONE);
}

/// Outcome only for some `T`.
struct Partly<T>(T);

impl<T: Copy> Outcome for Partly<T> {
    type Success = T;

    fn success(&self) -> Option<&T> {
        None
    }
}

trait Taken {
    #[behavior_trace(action = "user.take", resource = "User")]
    fn partly<T>(value: T) -> Partly<T> {
        Partly(value)
    }

    #[behavior_trace(action = "user.take", resource = "User")]
    fn itself(&self) -> &Self {
        self
    }
}

impl Taken for u8 {}
impl Taken for Option<u8> {}
impl Taken for Result<u8, u8> {}
impl Taken for Saved {}

#[test]
fn a_failure_that_generic_code_cannot_see_is_not_recorded() {
    const UNJUDGED: [Counter; 1] = [Counter::Undetermined];
    assert_eq!(tallies(|| u8::partly(1).0), UNJUDGED);
    assert_eq!(
        events(|| u8::partly(String::new()).0.len()),
        ["user.take User"]
    );
    assert_eq!(tallies(|| Err::<u8, u8>(1).itself().is_ok()), UNJUDGED);
    assert_eq!(tallies(|| Some(1).itself().is_some()), UNJUDGED);
    assert_eq!(tallies(|| Saved(false).itself().0), UNJUDGED);
    assert_eq!(events(|| *1_u8.itself()), ["user.take User"]);
}
