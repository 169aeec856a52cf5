use behavior_trace::{in_unit_of_work, unit_of_work};

async fn find(id: u64) -> Option<u64> {
    Some(id)
}

fn main() {
    drop(unit_of_work(find(7)));
    in_unit_of_work(|| true);
}
