use std::pin::Pin;

use behavior_trace::behavior_trace;

struct Holder<T>(T);

impl<T: 'static> Holder<T> {
    #[behavior_trace(action = "user.update", resource = "User")]
    fn take(self) -> Pin<Box<dyn Future<Output = T>>> {
        Box::pin(async move { self.0 })
    }
}

fn main() {}
