//! What the attribute costs: in compile time, in code, and while nothing is recorded. A program of its own measures it
//! and writes its file.

use super::Options;
use crate::cargo;
use crate::error::TaskError;

pub(super) fn run(_: Options) -> Result<usize, TaskError> {
    let mut missed = 0;
    cargo::stream(
        &[
            "run",
            "--release",
            "--quiet",
            "--package=behavior-trace-bench-macro",
        ],
        &[],
        |line| missed += usize::from(line.contains("DOES NOT HOLD")),
    )?;
    Ok(missed)
}
