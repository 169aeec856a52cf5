use behavior_trace::behavior_trace;

#[behavior_trace(action = "user.update", resource = "User")]
const USER: u64 = 7;

fn main() {}
