use behavior_trace::behavior_trace;

#[behavior_trace(action = "user.update", resource = "User", reason = "because of {id}")]
fn update(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
