//! The words of a name in any spelling: `userToken`, `USER-TOKEN`, `APIKey` and `token2` have two each.

/// The maximum number of letters that are read without an allocation. Hardly any key has more.
const SHORT: usize = 64;

/// The letters of a name in lower case, with a flag for each that begins a word.
#[derive(Clone, Copy)]
pub(in crate::masking) struct Words<'a> {
    pub(in crate::masking) letters: &'a [u8],
    starts: &'a [bool],
}

/// Reads a name. Digits count as letters, and so does every byte beyond ASCII. Other bytes are left out.
#[inline]
pub(in crate::masking) fn read<T>(name: &[u8], look: impl FnOnce(Words<'_>) -> T) -> T {
    if name.len() <= SHORT {
        let (mut letters, mut starts) = ([0; SHORT], [false; SHORT]);
        return look(fill(name, &mut letters, &mut starts));
    }
    let (mut letters, mut starts) = (vec![0; name.len()], vec![false; name.len()]);
    look(fill(name, &mut letters, &mut starts))
}

#[inline]
fn fill<'a>(name: &[u8], letters: &'a mut [u8], starts: &'a mut [bool]) -> Words<'a> {
    let (mut length, mut before) = (0, b'_');
    for (at, &here) in name.iter().enumerate() {
        if is_letter(here) {
            letters[length] = here.to_ascii_lowercase();
            // The most frequent case comes first.
            starts[length] = !(here.is_ascii_lowercase() && before.is_ascii_lowercase())
                && begins(before, here, name.get(at + 1));
            length += 1;
        }
        before = here;
    }
    Words {
        letters: &letters[..length],
        starts: &starts[..length],
    }
}

/// Returns whether the letter `here` begins a word between these neighbours.
fn begins(before: u8, here: u8, next: Option<&u8>) -> bool {
    if !is_letter(before) {
        return true;
    }
    if here.is_ascii_uppercase() {
        return !before.is_ascii_uppercase() || next.is_some_and(u8::is_ascii_lowercase);
    }
    before.is_ascii_digit() != here.is_ascii_digit()
}

impl<'a> Words<'a> {
    /// Returns whether a word begins with the letter at `at`.
    pub(in crate::masking) fn begin(self, at: usize) -> bool {
        self.starts.get(at).is_some_and(|&start| start)
    }

    /// Returns whether a word ends before `at`.
    pub(in crate::masking) fn end(self, at: usize) -> bool {
        self.starts.get(at).is_none_or(|&start| start)
    }

    /// Returns the end of `term` if the letters from `at` on spell it, across words or within one.
    pub(in crate::masking) fn spelled(self, at: usize, term: &[u8]) -> Option<usize> {
        self.letters[at..]
            .starts_with(term)
            .then_some(at + term.len())
    }

    /// Returns the possible ends of a term whose letters end at `end`: that place, and the one after a plural `s`.
    pub(in crate::masking) fn ends(self, end: usize) -> impl Iterator<Item = usize> {
        let plural = self.letters.get(end) == Some(&b's');
        [end, end + usize::from(plural)].into_iter()
    }

    /// Returns whether the name contains `term` as whole words.
    pub(in crate::masking) fn have(self, term: &[u8]) -> bool {
        (0..self.letters.len()).any(|at| {
            self.begin(at)
                && self
                    .spelled(at, term)
                    .is_some_and(|end| self.ends(end).any(|end| self.end(end)))
        })
    }

    /// Returns the words in order.
    pub(in crate::masking) fn iter(self) -> impl Iterator<Item = &'a [u8]> {
        let mut rest = 0;
        std::iter::from_fn(move || {
            let start = rest;
            rest = (start + 1..=self.letters.len()).find(|&at| self.end(at))?;
            Some(&self.letters[start..rest])
        })
    }
}

/// Returns whether a byte is a letter or digit. Every byte beyond ASCII is part of one.
pub(in crate::masking) const fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii()
}
