use behavior_trace::behavior_trace;

#[behavior_trace(action = "user.update", resource = "User")]
mod users {}

fn main() {}
