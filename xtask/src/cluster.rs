//! `cargo xtask cluster`: loses the nodes of a real cluster under load, and compares what was sent with what is stored.

use crate::cargo;
use crate::error::TaskError;
use crate::faults;

pub(crate) fn run(words: &[String]) -> Result<(), TaskError> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let tests = match words[..] {
        ["gr"] => "cluster::gr",
        ["galera"] => "cluster::galera",
        ["nats"] => return relay(true),
        ["nats", "--quick"] => return relay(false),
        _ => {
            return Err(TaskError::usage(
                "`cluster` takes `gr`, `galera`, or `nats`, which takes `--quick`",
            ));
        }
    };
    faults::run(&[tests.to_owned()])
}

/// Runs the relay with twenty hosts: 200,000 events by an optimised build in earnest, else 20,000.
fn relay(earnest: bool) -> Result<(), TaskError> {
    let mut call = vec!["test", "--package=behavior-trace-nats", "--test=it"];
    if earnest {
        call.push("--release");
    }
    call.extend([
        "earnest::",
        "--",
        "--ignored",
        "--test-threads=1",
        "--nocapture",
    ]);
    let rounds = if earnest { "earnest" } else { "quick" };
    let variables = [(
        "BEHAVIOR_TRACE_TEST_RELAY_ROUNDS".to_owned(),
        rounds.to_owned(),
    )];
    cargo::stream(&call, &variables, |_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_does_not_take_is_named() {
        for words in [&[][..], &["kafka"], &["gr", "galera"], &["gr", "--quick"]] {
            let words: Vec<_> = words.iter().map(|&word: &&str| word.to_owned()).collect();
            let error = run(&words).expect_err("no such call").to_string();
            assert!(error.contains("`gr`, `galera`, or `nats`"), "{error}");
        }
    }
}
