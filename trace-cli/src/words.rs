//! Numbers in sentences.

/// Returns a number with its word: `1 row`, `2 rows`.
pub(crate) fn counted(number: u64, word: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {word}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_no_plural() {
        let shown: Vec<_> = [0, 1, 2].map(|number| counted(number, "row")).into();
        assert_eq!(shown, ["0 rows", "1 row", "2 rows"]);
    }
}
