use behavior_trace::behavior_trace;

#[behavior_trace(action = "user.update", resource = "User")]
fn update<T>(value: T) -> T {
    value
}

fn main() {}
