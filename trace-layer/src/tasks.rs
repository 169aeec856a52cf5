//! The number of the running tokio task.

use std::hash::{Hash, Hasher};

use behavior_trace_core::tell_tasks_apart;
use tokio::task;

/// Makes contexts distinguish tokio tasks.
pub(crate) fn tell_apart() {
    tell_tasks_apart(running);
}

/// Returns the number of the running task, unique in the process, or 0 outside of all tasks, such as in `block_on`.
fn running() -> u64 {
    task::try_id().map_or(0, |id| {
        let mut number = TaskNumber(0);
        id.hash(&mut number);
        number.0
    })
}

/// A hasher that extracts the private number of a task id, which hashes nothing else.
struct TaskNumber(u64);

impl Hasher for TaskNumber {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
