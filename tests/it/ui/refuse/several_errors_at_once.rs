use behavior_trace::behavior_trace;

#[behavior_trace(acton = "user.update", resource_id = id, resource_id = load()?, on = okay, payload = fetch().await)]
fn update(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn unrelated() -> u64 {
    update(7).unwrap_or(1)
}

fn main() {}
