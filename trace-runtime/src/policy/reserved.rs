//! The keys of a payload that are ours, as bits.

use behavior_trace_core::keys::RESERVED;

/// The last four: a reader takes them for our word even when we say nothing, and a user's object that has one would
/// speak in our name.
pub(super) const OUR_WORD: u8 = 0b1111_0000;

/// The key's bit among the reserved ones.
pub(super) fn reserved(key: &str) -> u8 {
    let place = RESERVED.iter().position(|reserved| *reserved == key);
    place.map_or(0, |place| 1 << place)
}

#[cfg(test)]
mod tests {
    use behavior_trace_core::keys;

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
