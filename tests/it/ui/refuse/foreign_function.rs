use behavior_trace::behavior_trace;

unsafe extern "C" {
    #[behavior_trace(action = "user.update", resource = "User")]
    safe fn update(id: u64);
}

fn main() {}
