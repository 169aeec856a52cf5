//! `cargo xtask bench`, `cargo xtask fill` and `cargo xtask instructions`: call the runner under `benches/`.

use crate::cargo;
use crate::error::TaskError;

pub(crate) fn run(words: &[String]) -> Result<(), TaskError> {
    call(&["--release"], "bench", words)
}

pub(crate) fn fill(words: &[String]) -> Result<(), TaskError> {
    call(&["--release"], "fill", words)
}

pub(crate) fn instructions(words: &[String]) -> Result<(), TaskError> {
    // The runner measures no time here, and its build is that of xtask.
    call(&[], "instructions", words)
}

fn call(options: &[&str], command: &str, words: &[String]) -> Result<(), TaskError> {
    let mut call = vec!["run", "--quiet", "--package=behavior-trace-bench-runner"];
    call.extend(options);
    call.extend(["--", command]);
    call.extend(words.iter().map(String::as_str));
    cargo::stream(&call, &[], |_| ())
}
