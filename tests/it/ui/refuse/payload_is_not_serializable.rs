use behavior_trace::behavior_trace;

struct Change(u64);

#[behavior_trace(action = "user.update", resource = "User", payload = change)]
fn update(change: Change) -> Result<u64, String> {
    Ok(change.0)
}

fn main() {}
