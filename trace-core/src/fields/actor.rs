//! The rule that an actor is one unit: kind, id, label and impersonator come from one source, or not at all.

use super::Fields;
use crate::encoding::Encoded;
use crate::field::Field;

/// The fields that name an actor.
const NAME: u32 = Field::ActorType.bit() | Field::ActorId.bit();

/// All fields of an actor. A label or an impersonator without a kind or an id belongs to no actor.
const PARTS: u32 = NAME | Field::ActorLabel.bit() | Field::Impersonator.bit();

impl Fields {
    /// Returns whether the fields name an actor, by a kind or an id.
    pub const fn names_actor(&self) -> bool {
        self.present & NAME != 0
    }

    /// Returns whether merging all of `other` would mix the parts of two actors or take parts without an actor.
    #[inline]
    pub(super) const fn actors_meet(&self, other: &Self) -> bool {
        other.present & PARTS != 0 && (self.present & PARTS != 0 || !other.names_actor())
    }

    /// Takes the missing fields from `other` one by one, and its actor if none is named here.
    #[inline(never)]
    pub(super) fn merge_each(&mut self, other: &Self) {
        let takes_actor = other.names_actor() && !self.names_actor();
        if takes_actor {
            self.remove_all(PARTS);
        }
        for (field, value) in Encoded(&other.bytes) {
            if takes_actor || field.bit() & PARTS == 0 {
                self.copy(field, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACTOR: [Field; 4] = [
        Field::ActorType,
        Field::ActorId,
        Field::ActorLabel,
        Field::Impersonator,
    ];

    /// Returns fields with those parts of an actor, given by their bits.
    fn saying(parts: usize, whose: &str) -> Fields {
        let mut fields = Fields::new();
        for (at, field) in ACTOR.into_iter().enumerate() {
            if parts & 1 << at != 0 {
                fields.put(field, whose);
            }
        }
        fields
    }

    #[test]
    fn whatever_parts_meet_an_actor_is_of_one_source() {
        for inner in 0..16 {
            for outer in 0..16 {
                let mut merged = saying(inner, "inner");
                merged.merge(&saying(outer, "outer"));
                let (whose, parts) = match (inner & 3, outer & 3) {
                    (0, 0) => ("inner", inner),
                    (0, _) => ("outer", outer),
                    (_, _) => ("inner", inner),
                };
                let found = ACTOR.map(|field| merged.get(field));
                let expected = saying(parts, whose);
                assert_eq!(
                    found,
                    ACTOR.map(|field| expected.get(field)),
                    "{inner} {outer}"
                );
            }
        }
    }

    #[test]
    fn of_three_sources_the_first_that_names_an_actor_gives_all_of_it() {
        let mut fields = saying(0b0100, "label alone");
        fields.merge(&saying(0b1000, "impersonator alone"));
        fields.merge(&saying(0b0010, "id alone"));
        fields.merge(&saying(0b1111, "all"));
        let found = ACTOR.map(|field| fields.get(field));
        assert_eq!(found, [None, Some("id alone"), None, None]);
    }
}
