//! Cost of the attribute: in compile time, in code size, and while nothing is recorded.
//!
//! `cargo run --release -p behavior-trace-bench-macro` writes `target/bench/macro.json`; `-- off`, `-- check`,
//! `-- code` and `-- size` measure one part. Run it on a machine that has nothing else to do.

mod cargo;
mod code;
mod generate;
mod off;
mod report;
mod size;
mod source;

use std::process::ExitCode;

use report::Row;

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let wants = |part: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == part);
    match measure(wants) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(wants: impl Fn(&str) -> bool) -> Result<(), Box<dyn std::error::Error>> {
    let mut rows: Vec<Row> = Vec::new();
    if wants("off") {
        rows.extend(off::rows());
    }
    if wants("check") || wants("code") {
        let varied = generate::libraries(&source::VARIED)?;
        if wants("check") {
            rows.extend(code::check("varied", &varied)?);
            let methods = generate::libraries(&source::METHODS)?;
            rows.extend(code::check("short methods", &methods)?);
        }
        if wants("code") {
            rows.extend(code::lines(&varied)?);
        }
    }
    if wants("size") {
        rows.extend(size::rows()?);
    }
    report::write(&rows)
}
