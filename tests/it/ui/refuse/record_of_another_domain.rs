use behavior_trace::record;

fn work(id: u64) {
    record!(action = "report.view", resource = "Report");
}

fn main() {}
