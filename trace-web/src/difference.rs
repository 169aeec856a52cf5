//! The difference of two texts, cut at the edges of words.

/// A text in three parts: what both texts begin with, what is different, and what both end with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cut<'a> {
    pub(crate) start: &'a str,
    pub(crate) core: &'a str,
    pub(crate) end: &'a str,
}

/// Cuts two texts at the edges of the words that differ.
pub(crate) fn cut<'a>(one: &'a str, other: &'a str) -> (Cut<'a>, Cut<'a>) {
    let (words, others) = (words(one), words(other));
    let start = same(words.iter(), others.iter());
    let rest = |words: &[&str]| words.len() - words.len().min(start);
    let end = same(words.iter().rev(), others.iter().rev())
        .min(rest(&words))
        .min(rest(&others));
    (
        parts(one, &words, start, end),
        parts(other, &others, start, end),
    )
}

fn same<'a>(
    one: impl Iterator<Item = &'a &'a str>,
    other: impl Iterator<Item = &'a &'a str>,
) -> usize {
    one.zip(other).take_while(|(a, b)| a == b).count()
}

fn parts<'a>(text: &'a str, words: &[&str], start: usize, end: usize) -> Cut<'a> {
    let length = |words: &[&str]| words.iter().map(|word| word.len()).sum::<usize>();
    let first = length(&words[..start]);
    let last = text.len() - length(&words[words.len() - end..]);
    Cut {
        start: &text[..first],
        core: &text[first..last],
        end: &text[last..],
    }
}

/// Splits a text into words and the single characters between them.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    let mut is_within = false;
    for (place, character) in text.char_indices() {
        let is_word = character.is_alphanumeric();
        if !(is_word && is_within) && place > start {
            words.push(&text[start..place]);
            start = place;
        }
        is_within = is_word;
    }
    if start < text.len() {
        words.push(&text[start..]);
    }
    words
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_words_that_differ_are_the_core() {
        let (before, after) = cut("ada@byron.example", "ada@lovelace.example");
        assert_eq!(
            (before.start, before.core, before.end),
            ("ada@", "byron", ".example")
        );
        assert_eq!(after.core, "lovelace");
        let (before, after) = cut("within two working days.", "within one working day.");
        assert_eq!(
            (before.core, after.core),
            ("two working days", "one working day")
        );
        let (before, after) = cut("a a", "a a a");
        assert_eq!((before.core, after.core), ("", " a"));
    }

    proptest! {
        #[test]
        fn the_parts_are_the_text_and_the_ends_are_common(one in "[ab. é]{0,8}", other in "[ab. é]{0,8}") {
            let (a, b) = cut(&one, &other);
            prop_assert_eq!(format!("{}{}{}", a.start, a.core, a.end), one.clone());
            prop_assert_eq!(format!("{}{}{}", b.start, b.core, b.end), other.clone());
            prop_assert_eq!((a.start, a.end), (b.start, b.end));
            prop_assert_eq!(a.core.is_empty() && b.core.is_empty(), one == other);
        }
    }
}
