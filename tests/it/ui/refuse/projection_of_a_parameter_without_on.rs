use behavior_trace::behavior_trace;

#[behavior_trace(action = "user.update", resource = "User")]
fn first<I: Iterator>(mut all: I) -> I::Item {
    all.next().unwrap()
}

fn main() {}
