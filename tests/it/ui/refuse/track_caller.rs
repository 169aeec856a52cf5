use behavior_trace::behavior_trace;

#[behavior_trace(action = "user.update", resource = "User")]
#[track_caller]
fn update(id: u64) -> u64 {
    id
}

fn main() {}
