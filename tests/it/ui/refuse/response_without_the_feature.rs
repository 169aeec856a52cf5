use behavior_trace::behavior_trace;

use http::Response;

#[behavior_trace(action = "user.update", resource = "User")]
async fn update(id: u64) -> Result<Response<u64>, String> {
    Ok(Response::new(id))
}

fn main() {}
