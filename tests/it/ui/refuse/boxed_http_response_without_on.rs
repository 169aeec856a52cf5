use behavior_trace::behavior_trace;

type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;

struct HttpResponse(u16);

#[behavior_trace(action = "user.update", resource = "User")]
fn update(id: u64) -> BoxFuture<'static, HttpResponse> {
    Box::pin(async move { HttpResponse(if id == 0 { 404 } else { 200 }) })
}

fn main() {}
