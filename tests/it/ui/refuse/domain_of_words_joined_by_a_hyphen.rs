use behavior_trace::{behavior_trace, record};

#[behavior_trace(action = "user.log-in", resource = "User")]
fn log_in(id: u64) -> Result<u64, String> {
    Ok(id)
}

#[behavior_trace(action = "user.log_in", resource = "User")]
fn log_in_again(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn rotate(id: u64) {
    record!(action = "api-key.rotate", resource = "ApiKey", resource_id = id);
    record!(action = "api_key.rotate", resource = "ApiKey", resource_id = id);
}

fn main() {}
