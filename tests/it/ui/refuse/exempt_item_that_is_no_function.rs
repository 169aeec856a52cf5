use behavior_trace::behavior_trace;

#[behavior_trace(exempt = "a cache")]
struct Cache;

fn main() {}
