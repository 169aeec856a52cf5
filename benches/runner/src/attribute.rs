//! Cost of the attribute: in compile time, in code size, and while nothing is recorded. A separate program measures it and
//! writes the result file.

use crate::cargo;
use crate::error::BenchError;
use crate::options::Options;

pub(crate) fn run(_: Options) -> Result<usize, BenchError> {
    let binary = cargo::binary("behavior-trace-bench-macro", "behavior-trace-bench-macro")?;
    let output = cargo::output_of(&binary, &[])?;
    print!("{output}");
    Ok(output.matches("DOES NOT HOLD").count())
}
