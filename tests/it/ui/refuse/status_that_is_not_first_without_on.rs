use behavior_trace::behavior_trace;

use http::StatusCode;

#[behavior_trace(action = "user.update", resource = "User")]
fn update(id: u64) -> (u64, StatusCode) {
    (id, StatusCode::NOT_FOUND)
}

fn main() {}
