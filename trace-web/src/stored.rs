//! Stored text on a page: isolated, with characters that deceive shown as boxes.

use std::fmt::Write as _;

use maud::{Markup, PreEscaped, Render, html};

/// Returns stored text for a page, isolated from the direction of the text around.
pub(crate) fn stored(text: &str) -> Markup {
    html! { bdi { (visible(text)) } }
}

/// Returns at most `characters` of a stored text, with an ellipsis for the rest.
pub(crate) fn stored_beginning(text: &str, characters: usize) -> Markup {
    stored(&beginning(text, characters))
}

/// Returns stored text as the only content of a link, of code, of a value or of a bold name. The stylesheet isolates these
/// elements, and the page is shorter.
pub(crate) fn within(text: &str) -> Markup {
    visible(text)
}

/// Returns stored text for an attribute or the title of a page, which cannot have boxes.
pub(crate) fn plain(text: &str) -> String {
    let mut plain = String::new();
    for character in text.chars() {
        if deceives(character) {
            let _ = write!(plain, "[U+{:04X}]", u32::from(character));
        } else {
            plain.push(character);
        }
    }
    plain
}

/// Returns the text in which control, bidi and zero-width characters are boxes with their numbers.
pub(crate) fn visible(text: &str) -> Markup {
    let mut html = String::new();
    let mut plain = 0;
    for (place, deceiver) in text.match_indices(deceives) {
        text[plain..place].render_to(&mut html);
        plain = place + deceiver.len();
        for character in deceiver.chars() {
            let _ = write!(html, "<i class=\"x\">U+{:04X}</i>", u32::from(character));
        }
    }
    text[plain..].render_to(&mut html);
    PreEscaped(html)
}

/// Returns the first characters of a text, and an ellipsis if there are more.
pub(crate) fn beginning(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Returns the first and the last characters of a text that has more than both.
pub(crate) fn both_ends(text: &str, first: usize, last: usize) -> String {
    let count = text.chars().count();
    if count <= first + last {
        return text.to_owned();
    }
    let start: String = text.chars().take(first).collect();
    let end: String = text.chars().skip(count - last).collect();
    format!("{start}…{end}")
}

/// Returns whether a character changes how others look, or looks like nothing. A line break and a tab do neither.
fn deceives(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{ad}'
        | '\u{61c}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}' => true,
        other => other.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_that_deceives_is_a_box_and_markup_is_text() {
        assert_eq!(
            stored("a\u{202e}<b>\u{0}").0,
            "<bdi>a<i class=\"x\">U+202E</i>&lt;b&gt;<i class=\"x\">U+0000</i></bdi>"
        );
    }

    #[test]
    fn a_long_text_keeps_its_ends() {
        assert_eq!(both_ends("abcdefghij", 3, 2), "abc…ij");
        assert_eq!(both_ends("äbcde", 3, 2), "äbcde");
        assert_eq!(beginning("äbc", 2), "äb…");
    }
}
