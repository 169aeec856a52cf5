//! What nobody calls is said to be dead, annotated or beside what is annotated.
#![deny(dead_code)]

use behavior_trace::behavior_trace;

#[behavior_trace(action = "user.touch", resource = "User")]
fn sync() {}

#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
async fn later(id: u64) -> Result<u64, u64> {
    Ok(id)
}

#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
fn boxed(id: u64) -> std::pin::Pin<Box<dyn Future<Output = u64>>> {
    Box::pin(async move { id })
}

struct Users;

impl Users {
    fn before(&self) {}

    #[behavior_trace(action = "user.touch", resource = "User")]
    fn annotated(&self) {}

    fn after(&self) {}
}

fn main() {
    let _ = Users;
}
