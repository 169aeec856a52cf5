use behavior_trace::behavior_trace;

fn update() {
    let _work = #[behavior_trace(action = "user.update", resource = "User")]
    || 7;
}

fn main() {}
