//! `cargo xtask cluster`: loses the nodes of a real cluster under load, and compares what was sent with what is stored.

use crate::error::TaskError;
use crate::faults;

pub(crate) fn run(words: &[String]) -> Result<(), TaskError> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let tests = match words[..] {
        ["gr"] => "cluster::gr",
        ["galera"] => "cluster::galera",
        _ => return Err(TaskError::usage("`cluster` takes `gr` or `galera`")),
    };
    faults::run(&[tests.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_does_not_take_is_named() {
        for words in [&[][..], &["nats"], &["gr", "galera"]] {
            let words: Vec<_> = words.iter().map(|&word: &&str| word.to_owned()).collect();
            let error = run(&words).expect_err("no such call").to_string();
            assert!(error.contains("`gr` or `galera`"), "{error}");
        }
    }
}
