//! Texts as segments of a path.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Characters that a segment and a value of a query have as they are.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Returns a text as one segment. A browser takes `.` and `..` out of a path even if they are encoded, so these, the empty
/// text and a text with `~` in front get a `~`.
pub(crate) fn encode(text: &str) -> String {
    let mark = if matches!(text, "" | "." | "..") || text.starts_with('~') {
        "~"
    } else {
        ""
    };
    format!("{mark}{}", utf8_percent_encode(text, PLAIN))
}

/// Returns the text of a segment, if it is UTF-8. A segment without a character is a slash too many.
pub(crate) fn decode(segment: &str) -> Option<String> {
    if segment.is_empty() {
        return None;
    }
    let text = percent_decode_str(segment).decode_utf8().ok()?;
    Some(text.strip_prefix('~').unwrap_or(&text).to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_text_is_one_segment_and_comes_back(text in "(\\PC|[./~%?#\u{0}\u{202e}]){0,6}") {
            let segment = encode(&text);
            prop_assert!(!segment.contains(['/', '?', '#']) && !matches!(&*segment, "" | "." | ".."));
            prop_assert_eq!(decode(&segment), Some(text));
        }
    }
}
