//! What is said of a body is said of what the user wrote.
#![deny(unused)]

use behavior_trace::behavior_trace;

#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
async fn parentheses(id: u64) -> Result<u64, u64> {
    if id == 0 {
        return (Err(id));
    }
    Ok(id)
}

#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
fn boxed(id: u64) -> std::pin::Pin<Box<dyn Future<Output = Result<u64, u64>>>> {
    Box::pin(async move {
        if id == 0 {
            return (Err(id));
        }
        Ok(id)
    })
}

#[behavior_trace(action = "user.touch", resource = "User")]
async fn variables(name: String, mut other: String) -> usize {
    other.len()
}

fn main() {
    let _ = (parentheses(1), boxed(1), variables(String::new(), String::new()));
}
