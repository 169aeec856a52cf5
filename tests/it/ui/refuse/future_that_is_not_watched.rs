use behavior_trace::behavior_trace;

#[behavior_trace(action = "user.update", resource = "User")]
fn update(id: u64) -> std::future::Ready<u64> {
    std::future::ready(id)
}

fn main() {}
