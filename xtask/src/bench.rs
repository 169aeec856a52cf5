//! `cargo xtask bench`, `cargo xtask fill` and `cargo xtask instructions`: call the runner under `benches/` in an optimised build.

use crate::cargo;
use crate::error::TaskError;

pub(crate) fn run(words: &[String]) -> Result<(), TaskError> {
    call("bench", words)
}

pub(crate) fn fill(words: &[String]) -> Result<(), TaskError> {
    call("fill", words)
}

pub(crate) fn instructions(words: &[String]) -> Result<(), TaskError> {
    call("instructions", words)
}

fn call(command: &str, words: &[String]) -> Result<(), TaskError> {
    let mut call = vec![
        "run",
        "--release",
        "--quiet",
        "--package=behavior-trace-bench-runner",
        "--",
        command,
    ];
    call.extend(words.iter().map(String::as_str));
    cargo::stream(&call, &[], |_| ())
}
