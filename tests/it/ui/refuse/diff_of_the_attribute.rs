use behavior_trace::behavior_trace;

#[behavior_trace(action = "user.update", resource = "User", diff = (before, after))]
fn update(before: u64, after: u64) -> Result<u64, String> {
    Ok(before + after)
}

fn main() {}
