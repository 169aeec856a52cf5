#![allow(non_camel_case_types)]

use behavior_trace::behavior_trace;

struct u64;

#[behavior_trace(action = "user.update", resource = "User")]
fn update() -> u64 {
    u64
}

fn main() {}
