use behavior_trace::behavior_trace;

#[behavior_trace(action = "user.update", resource = "User")]
async fn delete(id: u64) -> bool {
    id > 0
}

fn main() {}
