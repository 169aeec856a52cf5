use behavior_trace::record;

fn main() {
    record!(exempt = "a cache");
}
