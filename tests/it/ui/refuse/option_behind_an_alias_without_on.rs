use behavior_trace::behavior_trace;

type Found = Option<u64>;

#[behavior_trace(action = "user.update", resource = "User")]
fn delete(id: u64) -> Found {
    Some(id)
}

fn main() {}
