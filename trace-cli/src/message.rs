//! Texts for people, on standard error.

use crate::output::escaped;
use crate::secret::without_passwords;

/// Prints a line, or several.
pub(crate) fn print_message(text: &str) {
    anstream::eprintln!("{}", safe_text(text));
}

/// Returns a text without passwords, in which nothing acts on the terminal. Line breaks stay.
///
/// A message may quote a value of the command line, a variable or a file, or what a server has stored.
pub(crate) fn safe_text(text: &str) -> String {
    let text = without_passwords(text);
    let lines: Vec<_> = text.split('\n').map(escaped).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_lines_and_nothing_that_acts_on_a_terminal() {
        let text = "`mysql://app:hunter2 x@db/d`\nis \u{1b}]0;pwn\u{7}\r";
        assert_eq!(
            safe_text(text),
            "`mysql://app:***@db/d`\nis \\u{1b}]0;pwn\\u{7}\\r"
        );
        assert_eq!(safe_text(&safe_text(text)), safe_text(text));
    }
}
