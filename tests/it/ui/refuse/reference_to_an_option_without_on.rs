use behavior_trace::behavior_trace;

#[behavior_trace(action = "user.update", resource = "User")]
fn forget(name: &mut Option<String>) -> &Option<String> {
    name.take();
    name
}

fn main() {}
