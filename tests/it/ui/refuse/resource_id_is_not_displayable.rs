use behavior_trace::behavior_trace;

struct UserId(u64);

#[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
fn update(id: UserId) -> Result<u64, String> {
    Ok(id.0)
}

fn main() {}
