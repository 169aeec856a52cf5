//! Asynchronous functions that call one another, many deep.
//!
//! An annotated function is one future in another, so that a chain of them meets the compiler's limit on types earlier:
//! at 24 levels where `Send` is to be proved, at 30 otherwise, against 40 and 61 without the attribute.

use crate::macros::collected::{block_on, events};

/// A function for each name, which calls the one before.
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

/// The chain, how large its futures are, and its top.
macro_rules! twenty_deep {
    ($chain:ident $id:ident $($attribute:tt)*) => {
        twenty_deep!(@ $chain [$id $($attribute)*] a b c d e f g h i j k l m n o p q r s t);
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

twenty_deep!(bare id);
twenty_deep!(watched id #[behavior_trace::behavior_trace(action = "user.touch", resource = "User", resource_id = id)]);

#[test]
fn a_deep_chain_compiles_at_the_default_limits_and_stays_send() {
    let recorded = events(|| block_on(watched::run(7)));
    assert_eq!(recorded, vec!["user.touch User id=7"; 20]);
    assert_eq!(events(|| block_on(watched::run(0))), [""; 0]);
    assert_eq!(block_on(bare::run(7)), block_on(watched::run(7)));
}

#[test]
fn the_futures_of_a_chain_stay_small_thirteen_deep() {
    // A level adds 96 bytes here, and 40 without the attribute: twice that, the entry and the state of the outer future.
    // From the 14th on those 16 have used up what is allowed.
    let sizes = bare::sizes().into_iter().zip(watched::sizes());
    for (bare, watched) in sizes.take(13) {
        assert!(
            watched <= 2 * bare + 128,
            "{watched} bytes, {bare} without the attribute"
        );
    }
}
