use behavior_trace::behavior_trace;

#[behavior_trace(action = "user.update", resource = "User")]
fn delete(id: u64) -> Option<u64> {
    Some(id)
}

fn main() {}
