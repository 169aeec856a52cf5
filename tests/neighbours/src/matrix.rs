//! Each foreign attribute, above and below the recorder's, on each kind of function. Every cell compiles, records once, and
//! returns its usual value.

use std::future::Future;
use std::pin::Pin;

use async_trait::async_trait;
use behavior_trace::behavior_trace;
use behavior_trace_neighbour::{cells, reads};
use tracing::instrument;

use crate::collected::{block_on, watch};

/// Runs `work` and returns its result and its events.
fn cell<T>(work: impl FnOnce() -> T) -> (T, Vec<String>) {
    let (returned, seen) = watch(work);
    assert_eq!(seen.tallies, []);
    (returned, seen.events)
}

type Returned = Result<u64, String>;

cells! {
    {
            use super::*;

            pub(super) struct Users(pub(super) u64);

            #[around]
            pub(super) fn sync(id: u64, name: String) -> Returned {
                told!(event.resource_id(id););
                if name.is_empty() {
                    return ::core::result::Result::Err(name);
                }
                Ok(id)
            }

            #[around]
            pub(super) async fn later(id: u64, mut name: String) -> Returned {
                told!(event.resource_id(id););
                name = super::wait(name).await?;
                if name.is_empty() {
                    return ::core::result::Result::Err(name);
                }
                Ok(id)
            }

            #[around]
            pub(super) async fn generic<T, const N: usize>(
                id: u64,
                names: [T; N],
            ) -> Returned
            where
                T: ToString + std::fmt::Debug + Send,
            {
                told!(event.resource_id(id););
                let Some(name) = names.first() else {
                    return ::core::result::Result::Err(String::new());
                };
                let name = super::wait(name.to_string()).await?;
                if name.is_empty() { Err(name) } else { Ok(id) }
            }

            #[around]
            pub(super) fn boxed(
                id: u64,
                name: String,
            ) -> Pin<Box<dyn Future<Output = Returned> + Send>> {
                Box::pin(async move {
                    told!(event.resource_id(id););
                    let name = super::wait(name).await?;
                    if name.is_empty() {
                        return ::core::result::Result::Err(name);
                    }
                    Ok(id)
                })
            }

            #[around]
            pub(super) fn opaque(id: u64, name: String) -> impl Future<Output = Returned> + Send {
                async move {
                    told!(event.resource_id(id););
                    let name = super::wait(name).await?;
                    if name.is_empty() { Err(name) } else { Ok(id) }
                }
            }

            #[async_trait]
            pub(super) trait Touch {
                #[around]
                async fn by_default(&self, id: u64, name: String) -> Returned
                where
                    Self: std::fmt::Debug,
                {
                    told!(event.resource_id(id););
                    let name = super::wait(name).await?;
                    if name.is_empty() { Err(name) } else { Ok(id) }
                }

                async fn method(&self, id: u64, name: String) -> Returned;
            }

            impl std::fmt::Debug for Users {
                fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("Users")
                }
            }

            #[async_trait]
            impl Touch for Users {
                #[around]
                async fn method(&self, id: u64, name: String) -> Returned {
                    told!(event.resource_id(id););
                    let name = super::wait(name).await?;
                    if name.is_empty() {
                        return ::core::result::Result::Err(name);
                    }
                    Ok(id + self.0)
                }
            }

            #[test]
            fn records_each_success_once() {
                use super::cell;

                let once = |expected: u64, (returned, events): (Returned, Vec<String>)| {
                    assert_eq!(returned, Ok(expected));
                    assert_eq!(events, ["user.touch User id=7"]);
                };
                let never = |(returned, events): (Returned, Vec<String>)| {
                    assert_eq!(returned, Err(String::new()));
                    assert_eq!(events, [""; 0]);
                };
                let (none, some) = (String::new, || "n".to_owned());
                let users = Users(1);
                once(7, cell(|| sync(7, some())));
                never(cell(|| sync(7, none())));
                once(7, cell(|| block_on(later(7, some()))));
                never(cell(|| block_on(later(7, none()))));
                once(7, cell(|| block_on(generic(7, [1]))));
                never(cell(|| block_on(generic::<u8, 0>(7, []))));
                once(7, cell(|| block_on(boxed(7, some()))));
                never(cell(|| block_on(boxed(7, none()))));
                once(7, cell(|| block_on(opaque(7, some()))));
                never(cell(|| block_on(opaque(7, none()))));
                once(7, cell(|| block_on(users.by_default(7, some()))));
                never(cell(|| block_on(users.by_default(7, none()))));
                once(8, cell(|| block_on(users.method(7, some()))));
                never(cell(|| block_on(users.method(7, none()))));
            }
    }
    alone: [] [#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]] [];
    alone_bound: [] [#[behavior_trace(action = "user.touch", resource = "User", bind = event)]] [];
    instrument_above: [#[instrument]] [#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]] [];
    instrument_above_bound: [#[instrument]] [#[behavior_trace(action = "user.touch", resource = "User", bind = event)]] [];
    instrument_below: [] [#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]] [#[instrument]];
    instrument_below_bound: [] [#[behavior_trace(action = "user.touch", resource = "User", bind = event)]] [#[instrument]];
    ret_err_above: [#[instrument(ret, err)]] [#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]] [];
    ret_err_above_bound: [#[instrument(ret, err)]] [#[behavior_trace(action = "user.touch", resource = "User", bind = event)]] [];
    ret_err_below: [] [#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]] [#[instrument(ret, err)]];
    ret_err_below_bound: [] [#[behavior_trace(action = "user.touch", resource = "User", bind = event)]] [#[instrument(ret, err)]];
    err_debug_below: [] [#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]] [#[instrument(skip_all, err(Debug), level = "debug")]];
    err_debug_below_bound: [] [#[behavior_trace(action = "user.touch", resource = "User", bind = event)]] [#[instrument(skip_all, err(Debug), level = "debug")]];
    syn_2_above: [#[reads]] [#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]] [];
    syn_2_above_bound: [#[reads]] [#[behavior_trace(action = "user.touch", resource = "User", bind = event)]] [];
    syn_2_below: [] [#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]] [#[reads]];
    syn_2_below_bound: [] [#[behavior_trace(action = "user.touch", resource = "User", bind = event)]] [#[reads]];
    between: [#[reads] #[instrument(ret)]] [#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]] [#[instrument(err)] #[reads]];
    between_bound: [#[reads] #[instrument(ret)]] [#[behavior_trace(action = "user.touch", resource = "User", bind = event)]] [#[instrument(err)] #[reads]];
}

async fn wait(name: String) -> Result<String, String> {
    tokio::task::yield_now().await;
    Ok(name)
}
