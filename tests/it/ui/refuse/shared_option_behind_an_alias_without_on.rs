use behavior_trace::behavior_trace;

use std::sync::Arc;

type Found = Arc<Option<u64>>;

#[behavior_trace(action = "user.update", resource = "User")]
fn delete(id: u64) -> Found {
    Arc::new(Some(id))
}

fn main() {}
