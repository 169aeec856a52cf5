use behavior_trace::behavior_trace;

const EXPORT: &str = "report.export";

#[behavior_trace(action = EXPORT, resource = "Report")]
fn update(id: u64) -> Result<u64, String> {
    Ok(id)
}

fn main() {}
