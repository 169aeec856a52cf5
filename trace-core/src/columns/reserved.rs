//! Reserved keys of a payload, as bits.

use crate::keys::RESERVED;

/// Bits of the last four reserved keys. A reader trusts them even in events where the recorder does not write them, so an
/// application's object with such a key could forge them.
pub(super) const OUR_WORD: u8 = 0b1111_0000;

/// Returns the key's bit; 0 for a key that is not reserved.
pub fn reserved(key: &str) -> u8 {
    let place = RESERVED.iter().position(|reserved| *reserved == key);
    place.map_or(0, |place| 1 << place)
}

#[cfg(test)]
mod tests {
    use crate::keys;

    use super::*;

    #[test]
    fn who_acted_and_what_became_of_the_commit_are_our_word() {
        let ours = [
            keys::IMPERSONATOR,
            keys::ACTOR_REF,
            keys::ACTOR_LABEL,
            keys::COMMIT,
        ];
        assert_eq!(ours.map(reserved).into_iter().sum::<u8>(), OUR_WORD);
        assert_eq!(reserved("plan"), 0);
    }
}
