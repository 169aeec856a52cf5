//! Server-sent events.

use std::fmt::Write as _;

/// Returns an event with an id, by which a browser resumes, and a text of any number of lines.
pub(super) fn event(id: &str, text: &str) -> String {
    let mut event = format!("id: {id}\n");
    for line in text.split(['\n', '\r']) {
        let _ = writeln!(event, "data: {line}");
    }
    event.push('\n');
    event
}

/// Returns an event of a name without a text. Alone, it moves no place.
pub(super) fn named(name: &str) -> String {
    format!("event: {name}\ndata:\n\n")
}

/// Returns an event of a name with words for people, which are one line. It moves no place.
pub(super) fn with_words(name: &str, words: &str) -> String {
    let words = words.replace(['\n', '\r'], " ");
    format!("event: {name}\ndata: {words}\n\n")
}

/// Returns a place. It keeps a connection open, and a browser resumes there. It is an event of a name, since an id alone
/// reaches no script: a page that closes its tail would go on from an older place.
pub(super) fn place(id: &str) -> String {
    format!("id: {id}\n{}", named("place"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_of_a_text_ends_an_event() {
        assert_eq!(
            event("1-2", "a\n\r\nid: 9"),
            "id: 1-2\ndata: a\ndata: \ndata: \ndata: id: 9\n\n"
        );
    }
}
