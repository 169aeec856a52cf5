use behavior_trace::behavior_trace;

struct Holder<T>(T);

impl<T> Holder<T> {
    #[behavior_trace(action = "user.update", resource = "User")]
    fn take(self) -> T {
        self.0
    }
}

fn main() {}
