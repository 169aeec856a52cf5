use behavior_trace::behavior_trace;

async fn find(id: u64) -> Option<u64> {
    Some(id)
}

#[behavior_trace(action = "user.update", resource = "User")]
async fn with_a_wrong_tail(id: u64) -> Result<u64, String> {
    find(id).await
}

#[behavior_trace(action = "user.update", resource = "User")]
async fn with_a_wrong_return(id: u64) -> Result<u64, String> {
    if id == 0 {
        return id;
    }
    Ok(id)
}

#[behavior_trace(action = "user.update", resource = "User")]
async fn with_a_semicolon_at_its_end(id: u64) -> Result<u64, String> {
    Ok(id);
}

#[behavior_trace(action = "user.update", resource = "User")]
async fn with_a_question_mark_that_does_not_fit(id: u64) -> Result<u64, String> {
    let found = find(id).await?;
    Ok(found)
}

#[behavior_trace(action = "user.update", resource = "User")]
async fn that_awaits_a_number(id: u64) -> Result<u64, String> {
    Ok(id.await)
}

#[behavior_trace(action = "user.update", resource = "User")]
async fn that_is_not_send(id: u64) -> Result<u64, String> {
    let shared = std::rc::Rc::new(id);
    find(id).await;
    Ok(*shared)
}

fn send(_: impl Send) {}

fn main() {
    send(that_is_not_send(7));
}
