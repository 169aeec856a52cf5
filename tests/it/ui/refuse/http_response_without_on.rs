use behavior_trace::behavior_trace;

struct HttpResponse(u16);

#[behavior_trace(action = "user.update", resource = "User")]
async fn update(id: u64) -> Result<HttpResponse, String> {
    Ok(HttpResponse(if id == 0 { 404 } else { 200 }))
}

fn main() {}
