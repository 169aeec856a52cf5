//! `record_path VARIANT` measures the time of one way to record and prints each figure on a line; without a name, it lists
//! the variants.

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
    for (name, value) in variant.run(Measure::Time) {
        println!("{name} {value}");
    }
    ExitCode::SUCCESS
}
