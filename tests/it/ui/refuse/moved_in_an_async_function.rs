use behavior_trace::behavior_trace;

#[behavior_trace(action = "user.update", resource = "User", payload = |_| name.len())]
async fn update(name: String) -> Result<(), String> {
    drop(name);
    Ok(())
}

fn main() {}
