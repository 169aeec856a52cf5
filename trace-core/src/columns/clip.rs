//! Texts that fit their columns.

use std::borrow::Cow;

/// Returns the text, clipped to this many characters. A clipped text ends in `…`, which is its last character.
///
/// Characters are Unicode scalar values, as `VARCHAR` counts them, not bytes.
#[inline]
pub fn clip(text: &str, characters: usize) -> Cow<'_, str> {
    // There are never more characters than bytes.
    if text.len() <= characters {
        return Cow::Borrowed(text);
    }
    clip_long(text, characters)
}

#[cold]
fn clip_long(text: &str, characters: usize) -> Cow<'_, str> {
    match cut(text, characters) {
        Some(kept) => Cow::Owned([kept, "…"].concat()),
        None => Cow::Borrowed(text),
    }
}

/// Returns whether a text is, or may be, clipped: it has the full length and ends in the mark.
pub fn is_clipped(text: &str, characters: usize) -> bool {
    text.ends_with('…') && text.chars().count() == characters
}

/// Clips a text for a nullable column. An empty text is `None`.
pub fn clip_some(text: Option<&str>, characters: usize) -> Option<Cow<'_, str>> {
    text.filter(|text| !text.is_empty())
        .map(|text| clip(text, characters))
}

/// Returns the part before the mark, if the text is too long.
fn cut(text: &str, characters: usize) -> Option<&str> {
    let mut borders = text.char_indices().map(|(at, _)| at);
    let kept = borders.nth(characters.saturating_sub(1))?;
    borders.next().map(|_| &text[..kept])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_by_characters_with_a_mark() {
        assert_eq!(clip("größe", 5), "größe");
        assert_eq!(clip("größer", 5), "größ…");
        assert_eq!(clip("😀😀😀", 2), "😀…");
        assert_eq!(clip("ab", 1), "…");
        assert_eq!(clip("", 5), "");
    }

    #[test]
    fn nothing_in_a_nullable_column_is_null() {
        assert_eq!(clip_some(Some(""), 5), None);
        assert_eq!(clip_some(None, 5), None);
        assert_eq!(clip_some(Some("a\0b"), 5).as_deref(), Some("a\0b"));
    }
}
