use behavior_trace::behavior_trace;

trait IntoResponse {}

impl IntoResponse for u16 {}

#[behavior_trace(action = "user.update", resource = "User")]
async fn update(id: u64) -> Result<impl IntoResponse, String> {
    Ok(if id == 0 { 404 } else { 200 })
}

fn main() {}
