use behavior_trace::behavior_trace;

#[behavior_trace(action = "user.update", resource = "User")]
struct User;

fn main() {}
