//! The names that mean a secret, by the usual tables.

mod beginnings;
mod glue;
mod plain;
mod terms;
mod words;

use beginnings::may_begin;
pub(super) use beginnings::may_have_term;
use glue::{heads, tails};
use plain::is_plain;
use terms::{anywhere, at_the_end, within};
pub(super) use words::{Words, is_letter, read};

/// Returns whether a name means a secret by the usual tables.
pub(super) fn is_usual(name: &[u8]) -> bool {
    may_have_term(name) && read(name, is_secret)
}

/// Returns whether the name means a secret and does not merely describe one.
pub(super) fn is_secret(words: Words<'_>) -> bool {
    have_term(words) && !is_plain(words)
}

/// Returns whether the words contain a secret's name.
pub(super) fn have_term(words: Words<'_>) -> bool {
    let mut letters = 0..words.letters.len();
    letters.any(|at| may_begin(words.letters, at) && has_term(words, at))
}

/// Returns whether a term begins at `at`, a position where a word may begin with it.
fn has_term(words: Words<'_>, at: usize) -> bool {
    let first = words.letters[at];
    let spelled = |term: &&str| {
        words
            .spelled(at, term.as_bytes())
            .is_some_and(|end| ends_well(words, end))
    };
    let ends_the_name = |term: &&str| {
        words.spelled(at, term.as_bytes()).is_some_and(|end| {
            words
                .ends(end)
                .any(|end| words.end(end) && words.letters[end..].iter().all(u8::is_ascii_digit))
        })
    };
    if words.begin(at) || is_behind_heads(words, at) {
        anywhere(first).iter().any(spelled) || at_the_end(first).iter().any(ends_the_name)
    } else {
        words.letters[at - 1].is_ascii() && within(first).iter().any(spelled)
    }
}

/// Returns whether the word before `at` consists of one or several known heads run together, such as `user` in `userpin`.
fn is_behind_heads(words: Words<'_>, at: usize) -> bool {
    (0..at)
        .rev()
        .find(|&start| words.begin(start))
        .is_some_and(|start| is_of(heads, &words.letters[start..at]))
}

/// Returns whether a word ends at the term's end, or continues with known tails, such as `hash` in `pwdhash`.
fn ends_well(words: Words<'_>, end: usize) -> bool {
    words.ends(end).any(|end| {
        words.end(end)
            || (end..=words.letters.len())
                .skip(1)
                .find(|&next| words.end(next))
                .is_some_and(|next| is_of(tails, &words.letters[end..next]))
    })
}

/// Returns whether the letters are entries of a table, run together.
fn is_of(table: fn(u8) -> &'static [&'static str], letters: &[u8]) -> bool {
    let Some(&first) = letters.first() else {
        return true;
    };
    table(first).iter().any(|entry| {
        letters
            .strip_prefix(entry.as_bytes())
            .is_some_and(|rest| is_of(table, rest))
    })
}
