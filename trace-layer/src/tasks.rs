//! The number of the running task of tokio.

use std::hash::{Hash, Hasher};

use behavior_trace_core::tell_tasks_apart;
use tokio::task;

/// Makes contexts tell tokio's tasks apart.
pub(crate) fn tell_apart() {
    tell_tasks_apart(running);
}

/// Returns the running task's number, which no other task of the process has; 0 outside of all tasks, in `block_on` for one.
fn running() -> u64 {
    task::try_id().map_or(0, |id| {
        let mut number = Number(0);
        id.hash(&mut number);
        number.0
    })
}

/// Reads the number that an id hides: it is all that it hashes.
struct Number(u64);

impl Hasher for Number {
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
