//! The encoding of fields: a tag, a length and a value for each, in sequence.
//!
//! Tags and lengths are ASCII, so that a buffer of text values is valid UTF-8 as a whole. A reader checks the buffer once,
//! not each value.

use crate::field::Field;

/// The size of the tag and the length before each value.
pub(crate) const HEAD: usize = 5;

/// The maximum length of a value, in bytes: four bytes of seven bits. A longer value is left out.
const LONGEST: usize = (1 << 28) - 1;

/// The bit that marks a tag whose value has [`KeyHint::Free`].
const FREE: u8 = 0x40;

/// A hint about the top-level keys of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyHint {
    /// No key is [reserved](crate::keys::RESERVED).
    Free,
    /// A key may be reserved.
    Unknown,
}

impl KeyHint {
    /// Returns the tag of a value with such keys.
    pub(crate) const fn tag(self, field: Field) -> u8 {
        match self {
            Self::Free => field as u8 | FREE,
            Self::Unknown => field as u8,
        }
    }
}

/// Returns the bytes before a value, or `None` if the value is left out. Tag and length are ASCII.
pub(crate) const fn head(tag: u8, length: usize) -> Option<[u8; HEAD]> {
    if length == 0 || length > LONGEST {
        return None;
    }
    let [a, b, c, d, ..] = spread(length).to_le_bytes();
    Some([tag, a, b, c, d])
}

/// Spreads a length over four bytes, seven bits in each.
const fn spread(length: usize) -> usize {
    // Most values are short, and this code runs on the caller's thread.
    if length < 0x80 {
        return length;
    }
    length & 0x7f
        | (length & 0x7f << 7) << 1
        | (length & 0x7f << 14) << 2
        | (length & 0x7f << 21) << 3
}

const fn gathered(spread: usize) -> usize {
    if spread < 0x80 {
        return spread;
    }
    spread & 0x7f | spread >> 1 & 0x7f << 7 | spread >> 2 & 0x7f << 14 | spread >> 3 & 0x7f << 21
}

/// Returns the field, the hint about its keys, and the length of the value.
fn read(head: [u8; HEAD]) -> Option<(Field, KeyHint, usize)> {
    let [tag, length @ ..] = head;
    let keys = if tag & FREE == 0 {
        KeyHint::Unknown
    } else {
        KeyHint::Free
    };
    let length = usize::try_from(u32::from_le_bytes(length)).ok()?;
    Some((Field::from_tag(tag & !FREE)?, keys, gathered(length)))
}

/// The encoded fields of a buffer, up to its end or its first damage.
pub(crate) struct Encoded<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for Encoded<'a> {
    type Item = (Field, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (head, rest) = self.0.split_first_chunk()?;
        let (field, _, length) = read(*head)?;
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((field, value))
    }
}

/// The encoded fields of a buffer that is valid UTF-8.
pub(crate) struct TextFields<'a>(pub(crate) &'a str);

impl<'a> Iterator for TextFields<'a> {
    type Item = (Field, KeyHint, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let (head, rest) = self.0.split_at_checked(HEAD)?;
        let (field, keys, length) = read(*head.as_bytes().first_chunk()?)?;
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((field, keys, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_reads_back_and_every_head_is_ascii() {
        let borders = [1, 0x80, 0x4000, 0x20_0000, LONGEST];
        for length in borders.into_iter().flat_map(|at| [at - 1, at, at + 1]) {
            for keys in [KeyHint::Free, KeyHint::Unknown] {
                let head = head(keys.tag(Field::Commit), length);
                assert_eq!(head.is_some(), (1..=LONGEST).contains(&length), "{length}");
                assert!(head.is_none_or(|head| head.is_ascii()), "{length}");
                let back = head.and_then(read);
                let whole = head.map(|_| (Field::Commit, keys, length));
                assert_eq!(back, whole);
            }
        }
    }

    #[test]
    fn damage_ends_what_is_read_and_is_no_panic() {
        let good = [
            head(Field::Action as u8, 2).expect("a head").as_slice(),
            "é".as_bytes(),
        ]
        .concat();
        let long = head(Field::Resource as u8, 9).expect("a head");
        for bad in [
            b"".as_slice(),
            b"\x3f\x01\0\0\0a",
            &long,
            &[1, 0xff, 0xff, 0xff, 0xff],
        ] {
            let bytes = [&good, bad].concat();
            let read: Vec<_> = Encoded(&bytes).collect();
            assert_eq!(read, [(Field::Action, "é".as_bytes())]);
        }
        // A length that ends inside a character.
        let text =
            String::from_utf8([head(0, 1).expect("a head").as_slice(), "é".as_bytes()].concat());
        assert_eq!(TextFields(&text.expect("a text")).next(), None);
    }
}
