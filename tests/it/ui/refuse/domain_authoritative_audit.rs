use behavior_trace::behavior_trace;

#[behavior_trace(action = "user.role.grant", resource = "User")]
fn update(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
