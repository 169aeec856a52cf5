//! The attribute beside attributes that parse the function with syn 2.

#![expect(
    clippy::unused_async,
    reason = "each kind of function, whether it waits or not"
)]

use behavior_trace::behavior_trace;
use behavior_trace_neighbour::{copies, reads};

use crate::collected::{block_on, events};

const NONE: [&str; 0] = [];
const TOUCHED: [&str; 1] = ["user.touch User id=7"];

mod fault {
    #[derive(Debug)]
    pub(super) struct Fault;

    pub(super) const NONE: Result<u64, Fault> = Err(Fault);
}

#[reads]
#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
async fn below(id: u64) -> Result<u64, fault::Fault> {
    tokio::task::yield_now().await;
    if id == 0 {
        return ::core::result::Result::Err(fault::Fault);
    }
    if id == 1 {
        return fault::NONE;
    }
    Ok(id)
}

#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
#[reads]
async fn above(id: u64) -> Result<u64, fault::Fault> {
    if id == 0 {
        return ::core::result::Result::Err(fault::Fault);
    }
    Ok(id)
}

#[reads]
#[behavior_trace(action = "user.touch", resource = "User", bind = event)]
#[reads]
async fn between(id: u64) {
    event.resource_id(id);
    if id == 7 {
        return;
    }
    unreachable!("nobody gives another one");
}

#[copies]
#[behavior_trace(action = "user.touch", resource = "User", bind = event)]
async fn copied(id: u64) -> Result<u64, String> {
    event.resource_id(id);
    Ok(id)
}

#[reads]
#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
async fn seen_in_part(id: u64) -> Result<u64, u64> {
    std::pin::pin!(async {}).await;
    if id == 0 {
        return ::core::result::Result::Err(id);
    }
    Ok(id)
}

#[test]
fn an_async_function_is_one_that_syn_2_can_read() {
    assert_eq!(events(|| block_on(below(7))), TOUCHED);
    assert_eq!(events(|| block_on(below(0))), NONE);
    assert_eq!(events(|| block_on(below(1))), NONE);
    assert_eq!(events(|| block_on(above(7))), TOUCHED);
    assert_eq!(events(|| block_on(above(0))), NONE);
    assert_eq!(events(|| block_on(between(7))), TOUCHED);
    assert_eq!(events(|| block_on(copied(7))), TOUCHED);
    assert_eq!(events(|| block_on(seen_in_part(7))), TOUCHED);
    assert_eq!(events(|| block_on(seen_in_part(0))), NONE);
}
