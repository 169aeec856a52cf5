use behavior_trace::behavior_trace;

#[behavior_trace = "user.update"]
fn update() {}

fn main() {}
