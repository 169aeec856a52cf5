//! Runs the measurements beside their peers and compares them: `cargo xtask bench`, and `cargo xtask fill`.

mod attribute;
mod bench;
mod cargo;
mod error;
mod fill;
mod filled;
mod follow;
mod gates;
mod growth;
mod import;
mod indexes;
mod instructions;
mod line;
mod mapped;
mod options;
mod outage;
mod partitions;
mod programs;
mod read_path;
mod record_path;
mod report;
mod retention;
mod rounds;
mod sizes;
mod takeover;
mod timeline;
mod tool;
mod units;
mod write_path;

use std::env;
use std::process::ExitCode;

use error::BenchError;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let done = match words.split_first() {
        Some((command, rest)) if command == "bench" => bench::run(rest),
        Some((command, rest)) if command == "fill" => fill::run(rest),
        Some((command, rest)) if command == "instructions" => instructions::run(rest),
        _ => Err(BenchError::usage(
            "call it as `cargo xtask bench`, `cargo xtask fill` or `cargo xtask instructions`",
        )),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(if error.is_usage() { 2 } else { 1 })
        }
    }
}
