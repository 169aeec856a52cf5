//! Long chains of asynchronous functions that call one another.
//!
//! The body of an annotated function stays in the function's own future, so a chain may be about as deep as without the
//! attribute. This chain has 38 levels. If `Send` is to be proved, it meets the compiler's limit on types at 40 levels
//! without the attribute. With a `join!` in each body the limit is 24, with the attribute and without.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};

use behavior_trace::behavior_trace;
use behavior_trace_core::Counter;

use crate::macros::collected::{block_on, events, tallies};

/// Defines a function for each name, which calls the one before it.
macro_rules! chain {
    ($id:ident $(#[$attribute:meta])? $below:ident $above:ident $($rest:ident)*) => {
        $(#[$attribute])?
        async fn $above($id: u64, name: String) -> Result<u64, String> {
            let deep = $below($id, name).await?;
            Ok(deep + 1)
        }
        chain!($id $(#[$attribute])? $above $($rest)*);
    };
    ($id:ident $(#[$attribute:meta])? $top:ident) => {
        fn top(id: u64) -> impl std::future::Future<Output = Result<u64, String>> + Send {
            $top(id, String::new())
        }
    };
}

/// Defines a chain of functions that each wait for two futures at once.
macro_rules! joined {
    ($below:ident $above:ident $($rest:ident)*) => {
        #[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
        async fn $above(id: u64) -> Result<u64, String> {
            let (deep, two) = tokio::join!($below(id), bottom(id));
            Ok(deep? + two?)
        }
        joined!($above $($rest)*);
    };
    ($top:ident) => {
        fn top(id: u64) -> impl Future<Output = Result<u64, String>> + Send {
            $top(id)
        }
    };
}

mod joining {
    use super::*;

    async fn bottom(id: u64) -> Result<u64, String> {
        tokio::task::yield_now().await;
        if id == 0 { Err(String::new()) } else { Ok(id) }
    }

    joined!(bottom a1 a2 a3 a4 a5 a6 a7 a8 a9 a10 a11 a12 a13 a14 a15 a16 a17 a18 a19 a20 a21);

    #[test]
    fn a_chain_that_joins_is_as_deep_as_one_without_the_attribute() {
        let recorded = events(|| block_on(top(7)));
        assert_eq!(recorded, vec!["user.touch User id=7"; 21]);
        assert_eq!(events(|| block_on(top(0)).is_err()), [""; 0]);
    }
}

#[test]
fn a_call_that_is_dropped_while_it_joins_is_in_doubt() {
    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn touch() {
        tokio::join!(std::future::pending::<()>(), std::future::ready(1));
    }
    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn after() {
        let (_, _) = tokio::join!(std::future::ready(2), std::future::ready(1));
        std::future::pending().await
    }
    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn chosen(fails: bool) -> Result<u64, String> {
        let chosen = tokio::select! {
            () = std::future::pending() => 1,
            two = std::future::ready(2) => two,
        };
        tokio::select! { () = async {} => {} }
        if fails {
            return Err("as asked".to_owned());
        }
        Ok(chosen)
    }
    let poll = |future: std::pin::Pin<&mut dyn Future<Output = ()>>| {
        assert!(
            future
                .poll(&mut Context::from_waker(Waker::noop()))
                .is_pending()
        );
    };
    assert_eq!(tallies(|| poll(pin!(touch()))), [Counter::Cancelled]);
    assert_eq!(tallies(|| poll(pin!(after()))), [Counter::Cancelled]);
    assert_eq!(
        events(|| block_on(chosen(false)).is_ok()),
        ["user.touch User"]
    );
    assert_eq!(events(|| block_on(chosen(true)).is_err()), [""; 0]);
}

/// Defines a module with the chain, the sizes of its futures, and its top function.
macro_rules! deep {
    ($chain:ident $id:ident $($attribute:tt)*) => {
        deep!(@ $chain [$id $($attribute)*]
            a1 a2 a3 a4 a5 a6 a7 a8 a9 a10 a11 a12 a13 a14 a15 a16 a17 a18 a19
            a20 a21 a22 a23 a24 a25 a26 a27 a28 a29 a30 a31 a32 a33 a34 a35 a36 a37 a38
        );
    };
    (@ $chain:ident [$($attribute:tt)*] $($name:ident)*) => {
        mod $chain {
            async fn bottom(id: u64, name: String) -> Result<u64, String> {
                tokio::task::yield_now().await;
                if id == 0 { Err(name) } else { Ok(id) }
            }

            chain!($($attribute)* bottom $($name)*);

            pub(super) fn sizes() -> Vec<usize> {
                vec![$(size_of_val(&$name(1, String::new()))),*]
            }

            pub(super) fn run(id: u64) -> impl std::future::Future<Output = Result<u64, String>> + Send {
                top(id)
            }
        }
    };
}

deep!(bare id);
deep!(watched id #[behavior_trace::behavior_trace(action = "user.touch", resource = "User", resource_id = id)]);

#[test]
fn a_deep_chain_compiles_at_the_default_limits_and_stays_send() {
    let recorded = events(|| block_on(watched::run(7)));
    assert_eq!(recorded, vec!["user.touch User id=7"; 38]);
    assert_eq!(events(|| block_on(watched::run(0))), [""; 0]);
    assert_eq!(block_on(bare::run(7)), block_on(watched::run(7)));
}

#[test]
fn the_futures_of_a_chain_stay_small() {
    // A level adds 16 bytes: its call entry, and the original of the captured id.
    for (bare, watched) in bare::sizes().into_iter().zip(watched::sizes()) {
        assert!(
            watched <= 2 * bare + 128,
            "{watched} bytes, {bare} without the attribute"
        );
    }
}
