use behavior_trace::behavior_trace;

use http::StatusCode;

#[behavior_trace(action = "user.update", resource = "User")]
async fn update(id: u64) -> StatusCode {
    if id == 0 { StatusCode::NOT_FOUND } else { StatusCode::OK }
}

fn main() {}
