use behavior_trace::behavior_trace;

type Answer<T> = T;

struct Holder<T>(T);

impl<T> Holder<T> {
    #[behavior_trace(action = "user.update", resource = "User")]
    fn take(self) -> Answer<T> {
        self.0
    }
}

fn main() {}
