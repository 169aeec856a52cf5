//! What the attribute costs: in compile time, in code, and while nothing is recorded. A program of its own measures it
//! and writes its file.

use crate::bench::Options;
use crate::cargo;
use crate::error::BenchError;

pub(crate) fn run(_: Options) -> Result<usize, BenchError> {
    let binary = cargo::binary("behavior-trace-bench-macro", "behavior-trace-bench-macro")?;
    let output = cargo::output_of(&binary, &[])?;
    print!("{output}");
    Ok(output.matches("DOES NOT HOLD").count())
}
