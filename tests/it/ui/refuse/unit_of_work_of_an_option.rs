use behavior_trace::{unit_of_work_blocking, unit_of_work};

async fn find(id: u64) -> Option<u64> {
    Some(id)
}

fn main() {
    drop(unit_of_work(find(7)));
    unit_of_work_blocking(|| true);
}
