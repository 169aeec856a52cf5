use behavior_trace::behavior_trace;

#[behavior_trace(action = "user.update", resource = "User")]
const fn update(id: u64) -> u64 {
    id
}

fn main() {}
