use behavior_trace::behavior_trace;

#[behavior_trace(action = "user.update", resource = "User", payload = { return Ok(1) })]
fn update(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
