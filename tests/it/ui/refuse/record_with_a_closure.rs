use behavior_trace::record;

fn work(id: u64) {
    record!(action = "user.update", resource = "User", payload = |ok| ok);
}

fn main() {}
