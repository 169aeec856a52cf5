//! Bodies of `async fn`s that return early, wait, or are dropped while they wait.

#![expect(
    clippy::unused_async,
    reason = "each kind of function, whether it waits or not"
)]

use std::future::{Future, pending};
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use behavior_trace::behavior_trace;
use behavior_trace_core::Counter;

use crate::macros::collected::{block_on, events, tallies, watch};

const NONE: [&str; 0] = [];
const TOUCHED: [&str; 1] = ["user.touch User"];

/// Polls a future once and drops it.
fn poll_once<T>(future: impl Future<Output = T>) -> Poll<T> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

async fn found(id: u64) -> Result<u64, String> {
    tokio::task::yield_now().await;
    if id == 0 {
        Err("none".to_owned())
    } else {
        Ok(id)
    }
}

#[test]
fn a_success_may_leave_from_anywhere() {
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = |ok| ok)]
    async fn touch(ids: &[u64], wanted: u64) -> Result<u64, String> {
        let Some(first) = ids.first() else {
            return Ok(0);
        };
        for id in ids {
            match found(*id).await? {
                found if found == wanted => return Ok(found),
                _ if found(*first).await? == 9 => return Ok(90),
                _ => tokio::task::yield_now().await,
            }
        }
        Err("not among them".to_owned())
    }
    let touched = |id| [format!("user.touch User id={id}")];
    assert_eq!(events(|| block_on(touch(&[], 1))), touched(0));
    assert_eq!(events(|| block_on(touch(&[1, 2], 2))), touched(2));
    assert_eq!(events(|| block_on(touch(&[9], 2))), touched(90));
    assert_eq!(events(|| block_on(touch(&[1, 0], 2))), NONE);
    assert_eq!(events(|| block_on(touch(&[1], 2))), NONE);
}

#[test]
fn a_return_without_a_value_is_one_of_unit() {
    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn touch(wait: bool) {
        if !wait {
            return;
        }
        tokio::task::yield_now().await;
    }
    assert_eq!(events(|| block_on(touch(false))), TOUCHED);
    assert_eq!(events(|| block_on(touch(true))), TOUCHED);
}

#[test]
fn what_is_dropped_while_it_waits_is_in_doubt_and_what_fails_after_it_waited_is_not() {
    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn touch(id: u64) -> Result<u64, String> {
        let id = found(id).await?;
        if id == 7 {
            pending::<()>().await;
        }
        Err(format!("{id} is no 7"))
    }
    let dropped_at = |polls: usize, id: u64| {
        tallies(|| {
            let mut future = Box::pin(touch(id));
            for _ in 0..polls {
                let _ = poll_once(future.as_mut());
            }
        })
    };
    assert_eq!(dropped_at(0, 7), []);
    assert_eq!(dropped_at(1, 7), [Counter::Cancelled]);
    assert_eq!(dropped_at(2, 7), [Counter::Cancelled]);
    assert_eq!(dropped_at(2, 8), []);
    assert_eq!(dropped_at(2, 0), []);
}

#[test]
fn a_panic_after_a_wait_is_neither_an_event_nor_in_doubt() {
    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn touch(id: u64) -> Result<u64, String> {
        let id = found(id).await?;
        assert_ne!(id, 7, "unlucky");
        Ok(id)
    }
    let touched = || std::panic::catch_unwind(|| block_on(touch(7)));
    assert_eq!(tallies(|| touched().is_err()), []);
}

#[test]
fn what_a_macro_does_in_secret_is_seen_all_the_same() {
    macro_rules! leave {
        ($value:expr) => {
            return Ok($value)
        };
    }
    macro_rules! wait {
        () => {
            pending::<()>().await
        };
    }
    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn touch(id: u64) -> Result<u64, String> {
        if id == 7 {
            leave!(id);
        }
        wait!();
        Ok(id)
    }
    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn touch_inside(id: u64) -> Result<u64, String> {
        let ids = vec![match id {
            7 => leave!(id),
            other => other,
        }];
        Err(format!("{ids:?}"))
    }
    assert_eq!(events(|| block_on(touch(7))), TOUCHED);
    assert_eq!(events(|| block_on(touch_inside(7))), TOUCHED);
    assert_eq!(events(|| block_on(touch_inside(8))), NONE);
    assert_eq!(
        tallies(|| poll_once(touch(8)).is_pending()),
        [Counter::Cancelled]
    );
}

#[test]
fn a_question_mark_that_is_a_success_is_an_event() {
    #[behavior_trace(action = "user.touch", resource = "User", on = none)]
    async fn touch(id: Option<u64>) -> Option<u64> {
        let id = id?;
        Some(id + 1)
    }
    #[behavior_trace(action = "user.try", resource = "User", on = always)]
    async fn attempt(id: u64) -> Result<u64, String> {
        let id = found(id).await?;
        Ok(id + 1)
    }
    assert_eq!(events(|| block_on(touch(None))), TOUCHED);
    assert_eq!(events(|| block_on(touch(Some(7)))), NONE);
    assert_eq!(events(|| block_on(attempt(0))), ["user.try User"]);
}

#[test]
fn futures_and_closures_in_the_body_keep_their_own_ends() {
    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn touch(ids: Vec<u64>) -> Result<u64, String> {
        let first = |ids: &[u64]| -> Option<u64> {
            if ids.is_empty() {
                return None;
            }
            ids.first().copied()
        };
        let other = tokio::spawn(async move {
            let id = found(0).await?;
            if id > 0 {
                return Ok(id);
            }
            Err("none".to_owned())
        });
        let failed: Result<u64, String> = other.await.map_err(|error| error.to_string())?;
        assert!(failed.is_err());
        first(&ids).ok_or_else(|| "empty".to_owned())
    }
    assert_eq!(events(|| block_on(touch(vec![7]))), TOUCHED);
    assert_eq!(events(|| block_on(touch(vec![]))), NONE);
}

#[test]
fn temporaries_live_as_long_as_they_do_without_the_attribute() {
    struct Names(Mutex<Vec<String>>);

    impl Names {
        async fn first<'a>(&self, names: &'a [String]) -> Result<&'a str, String> {
            tokio::task::yield_now().await;
            names
                .first()
                .map(String::as_str)
                .ok_or_else(|| "empty".to_owned())
        }

        #[behavior_trace(action = "user.touch", resource = "User")]
        async fn touch(&self) -> Result<usize, String> {
            let length = self.first(&["Ada".to_owned()]).await?.len();
            Ok(length + self.0.lock().map_err(|error| error.to_string())?.len())
        }
    }
    let names = Names(Mutex::new(vec![String::new()]));
    let (returned, seen) = watch(|| block_on(names.touch()));
    assert_eq!(returned, Ok(4));
    assert_eq!(seen.events, TOUCHED);
}

#[test]
fn a_body_that_never_ends_brings_no_warning() {
    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn spin(stop: bool) -> u64 {
        loop {
            if stop {
                return 7;
            }
            tokio::task::yield_now().await;
        }
    }
    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn fail() -> Result<u64, String> {
        panic!("not today")
    }
    assert_eq!(events(|| block_on(spin(true))), TOUCHED);
    assert_eq!(
        events(|| std::panic::catch_unwind(|| block_on(fail())).is_err()),
        NONE
    );
}
