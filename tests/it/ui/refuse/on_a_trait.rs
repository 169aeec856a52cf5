use behavior_trace::behavior_trace;

#[behavior_trace(action = "user.update", resource = "User")]
trait Store {
    fn update(&self);
}

fn main() {}
