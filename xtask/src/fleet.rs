//! `cargo xtask fleet`: a thousand recorders on one server, with the servers' default of connections and with room for each.

use crate::error::TaskError;
use crate::faults;

pub(crate) fn run(words: &[String]) -> Result<(), TaskError> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let tests = match words[..] {
        [] => "fleet::",
        ["mariadb"] => "fleet::mariadb",
        ["mysql"] => "fleet::mysql",
        _ => {
            return Err(TaskError::usage(
                "`fleet` takes `mariadb`, `mysql` or nothing",
            ));
        }
    };
    faults::run(&[tests.to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_does_not_take_is_named() {
        for words in [&["galera"][..], &["mysql", "mariadb"]] {
            let words: Vec<_> = words.iter().map(|&word: &&str| word.to_owned()).collect();
            let error = run(&words).expect_err("no such call").to_string();
            assert!(error.contains("`mariadb`, `mysql`"), "{error}");
        }
    }
}
