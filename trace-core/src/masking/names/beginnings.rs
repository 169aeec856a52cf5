//! The letters with which a term may begin. Most names have none of them and need no further check.

use super::terms::{anywhere, at_the_end, within};
use super::words::is_letter;

/// Returns whether the name contains letters with which a term may begin.
#[inline]
pub(in crate::masking) fn may_have_term(name: &[u8]) -> bool {
    let mut code = 0;
    for &byte in name {
        if is_letter(byte) {
            code = then(code, byte);
            if is_beginning(code) {
                return true;
            }
        }
    }
    // The remaining letters may be a term of two or three letters.
    is_beginning(then(code, 0)) || is_beginning(then(then(code, 0), 0))
}

/// Returns whether a term may begin with the letter at `at`. `letters` has letters only.
pub(in crate::masking) fn may_begin(letters: &[u8], at: usize) -> bool {
    let letter = |place| letters.get(at + place).copied().unwrap_or_default();
    is_beginning((0..4).fold(0, |code, place| then(code, letter(place))))
}

#[inline]
const fn is_beginning(four: u32) -> bool {
    has(&BEGINNINGS.0, four >> 5) && has(&BEGINNINGS.1, hash(four))
}

/// Adds a letter, in any case, to a code of the last letters, with five bits each.
#[inline]
const fn then(code: u32, letter: u8) -> u32 {
    code << 5 | (letter & 31) as u32
}

/// Returns a code of four letters, shortened to the size of three. Several codes share one.
#[inline]
const fn hash(four: u32) -> u32 {
    let four = four & 0xF_FFFF;
    four ^ four >> 9
}

/// One bit for each code of three letters.
type Codes = [u64; 1 << 9];

#[inline]
const fn has(codes: &Codes, code: u32) -> bool {
    codes[(code >> 6 & 0x1FF) as usize] >> (code & 63) & 1 == 1
}

const fn add(codes: &mut Codes, code: u32) {
    codes[(code >> 6 & 0x1FF) as usize] |= 1 << (code & 63);
}

/// The first three letters of each term, and the first four. The terms are compared in full afterwards.
struct Beginnings(Codes, Codes);

static BEGINNINGS: Beginnings = {
    let mut found = Beginnings([0; 1 << 9], [0; 1 << 9]);
    let mut first = 0;
    while first < 128 {
        found.add(anywhere(first));
        found.add(at_the_end(first));
        found.add(within(first));
        first += 1;
    }
    found
};

impl Beginnings {
    const fn add(&mut self, terms: &[&str]) {
        let mut at = 0;
        while at < terms.len() {
            self.add_term(terms[at].as_bytes(), 0, 0);
            at += 1;
        }
    }

    /// Adds the letters of a term from `place` on, and any letter after a term of less than four.
    const fn add_term(&mut self, term: &[u8], place: usize, code: u32) {
        if place == 4 {
            add(&mut self.0, code >> 5);
            add(&mut self.1, hash(code));
        } else if place < term.len() {
            self.add_term(term, place + 1, then(code, term[place]));
        } else {
            let mut letter = 0;
            while letter < 32 {
                self.add_term(term, place + 1, then(code, letter));
                letter += 1;
            }
        }
    }
}
