use behavior_trace::behavior_trace;

use std::sync::Arc;

#[behavior_trace(action = "user.update", resource = "User")]
fn delete(id: u64) -> Arc<Option<u64>> {
    Arc::new(Some(id))
}

fn main() {}
