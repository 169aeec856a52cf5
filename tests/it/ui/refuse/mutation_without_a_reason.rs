use behavior_trace::behavior_trace;

#[behavior_trace(action = "item.list", resource = "Item", mutation = "")]
fn update(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
