use behavior_trace::behavior_trace;

use std::future::Future;
use std::pin::Pin;

#[behavior_trace(action = "user.update", resource = "User")]
fn delete(id: u64) -> Pin<Box<dyn Future<Output = Option<u64>> + Send>> {
    Box::pin(async move { Some(id) })
}

fn main() {}
