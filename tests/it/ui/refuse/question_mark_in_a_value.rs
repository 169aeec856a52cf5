use behavior_trace::behavior_trace;

fn load() -> Result<u64, String> {
    Ok(1)
}

#[behavior_trace(action = "user.update", resource = "User", payload = load()?)]
fn update(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
