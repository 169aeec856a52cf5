//! `instructions VARIANT` records a burst of events under a name by which callgrind finds it; `instructions writer EVENTS`
//! records events on the main thread and waits until the writer has stored them.

use std::env;
use std::process::ExitCode;

use behavior_trace_benches::{Measure, Variant, written_by_the_writer};

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let figures = match words[..] {
        ["writer", events] => events.parse().ok().map(written_by_the_writer),
        [name] => Variant::named(name).map(|variant| variant.run(Measure::Instructions)),
        _ => None,
    };
    let Some(figures) = figures else {
        eprintln!(
            "call it with a variant of `record_path`, or with `writer` and a number of events"
        );
        return ExitCode::FAILURE;
    };
    for (name, value) in figures {
        println!("{name} {value}");
    }
    ExitCode::SUCCESS
}
