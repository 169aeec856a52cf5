use behavior_trace::behavior_trace;

trait Store {
    #[behavior_trace(action = "user.update", resource = "User")]
    fn update(&self);
}

fn main() {}
