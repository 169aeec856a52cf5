use behavior_trace::behavior_trace;

#[behavior_trace(exempt = 5)]
fn update(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
