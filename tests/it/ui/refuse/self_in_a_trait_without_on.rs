use behavior_trace::behavior_trace;

trait Saved: Sized {
    #[behavior_trace(action = "user.update", resource = "User")]
    fn update(self) -> Self {
        self
    }
}

fn main() {}
