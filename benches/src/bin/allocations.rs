//! `allocations VARIANT` counts the allocations of one way to record on the recording thread; without a name, it lists the
//! variants.

use std::env;
use std::process::ExitCode;

use behavior_trace_benches::{Measure, Variant};

fn main() -> ExitCode {
    let Some(variant) = env::args().nth(1).and_then(|name| Variant::named(&name)) else {
        for variant in Variant::ALL {
            eprintln!("{}", variant.name);
        }
        return ExitCode::FAILURE;
    };
    for (name, value) in variant.run(Measure::Allocations(counted)) {
        println!("{name} {value}");
    }
    ExitCode::SUCCESS
}

fn counted(work: &mut dyn FnMut()) -> (u64, u64) {
    let counted = allocation_counter::measure(work);
    (counted.count_total, counted.bytes_total)
}
