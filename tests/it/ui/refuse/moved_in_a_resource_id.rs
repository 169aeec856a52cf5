use behavior_trace::behavior_trace;

#[behavior_trace(action = "user.update", resource = "User", resource_id = |_| name)]
fn update(name: String) -> Result<(), String> {
    drop(name);
    Ok(())
}

fn main() {}
