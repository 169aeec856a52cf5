use behavior_trace::behavior_trace;

async fn fetch() -> u64 {
    1
}

#[behavior_trace(action = "user.update", resource = "User", payload = fetch().await)]
async fn update(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
