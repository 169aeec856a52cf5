//! Stored text on a terminal: nothing in it may act on the terminal, or look like another text.

/// Quotes and backslashes are harmless, and `escape_debug` would escape them.
const HARMLESS: [char; 3] = ['"', '\'', '\\'];

/// Fillers of Hangul and the empty braille pattern print nothing, and count as letters and signs.
const BLANK: [char; 5] = ['\u{115f}', '\u{1160}', '\u{2800}', '\u{3164}', '\u{ffa0}'];

/// Escapes control characters, line breaks, marks of direction and all other characters that print nothing.
pub(crate) fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for piece in text.split_inclusive(HARMLESS) {
        let rest = piece.trim_end_matches(HARMLESS);
        for char in rest.escape_debug() {
            if BLANK.contains(&char) {
                shown.extend(char.escape_unicode());
            } else {
                shown.push(char);
            }
        }
        shown.push_str(&piece[rest.len()..]);
    }
    shown
}

/// Returns whether a character acts on a terminal or prints nothing, wherever it is. A mark that joins the character before
/// it, such as an accent, does neither.
pub(super) fn acts(char: char) -> bool {
    if char == ' ' || char.is_ascii_graphic() {
        return false;
    }
    let mut after_another = String::from("a");
    after_another.push(char);
    escaped(&after_another) != after_another
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_on_a_terminal_or_prints_nothing_is_escaped() {
        for (text, expected) in [
            ("\x1b[31mred\x1b[0m", "\\u{1b}[31mred\\u{1b}[0m"),
            ("a\nb\r\tc\0", "a\\nb\\r\\tc\\0"),
            ("\u{202e}gpj.exe", "\\u{202e}gpj.exe"),
            ("\u{2066}a\u{2069}\u{200f}", "\\u{2066}a\\u{2069}\\u{200f}"),
            ("a\u{200b}b\u{feff}", "a\\u{200b}b\\u{feff}"),
            ("\u{9b}31m\u{7f}", "\\u{9b}31m\\u{7f}"),
            ("a\u{2028}b", "a\\u{2028}b"),
            ("a\u{3164}b\u{115f}", "a\\u{3164}b\\u{115f}"),
            ("\u{ffa0}\u{2800}\u{1160}", "\\u{ffa0}\\u{2800}\\u{1160}"),
        ] {
            assert_eq!(escaped(text), expected);
        }
    }

    #[test]
    fn what_people_write_is_shown_as_it_is() {
        for text in [
            "",
            "Größe 5 €",
            "App\\Models\\User",
            "it's \"so\"",
            "日本語 हिन्दी 🙂",
            "한국어 ⠃⠗",
            "''",
        ] {
            assert_eq!(escaped(text), text);
        }
    }
}
