//! Texts that fit their columns.

use std::borrow::Cow;

/// Returns the text, or as much of it as has this many characters, with `…` for the last one where something was cut.
///
/// Characters are what `VARCHAR` counts: Unicode scalar values, not bytes.
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

/// Returns whether a text is, or may be, what was left of a longer one: as long as may be, and with the mark at its end.
pub fn is_clipped(text: &str, characters: usize) -> bool {
    text.ends_with('…') && text.chars().count() == characters
}

/// Clips a text for a column that may be NULL; an empty text is none.
pub fn clip_some(text: Option<&str>, characters: usize) -> Option<Cow<'_, str>> {
    text.filter(|text| !text.is_empty())
        .map(|text| clip(text, characters))
}

/// What stays before the mark, if something has to go.
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
