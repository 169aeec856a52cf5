use behavior_trace::behavior_trace;

#[behavior_trace(action = "report.export", resource = "Report")]
fn update(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
