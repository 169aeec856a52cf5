//! The actor of a span, recorded step by step: a later field may belong to the same actor or to another one.

use behavior_trace_core::{Field, Fields};

/// The state of an actor beside its fields.
#[derive(Debug, Default)]
pub(super) struct SpanActor {
    /// The flag that the id has changed since the kind was recorded, so that a kind of the new actor may follow.
    kind_is_older: bool,
}

/// The fields of an actor besides kind and id.
const DETAILS: [Field; 2] = [Field::ActorLabel, Field::Impersonator];

impl SpanActor {
    /// Removes from `said` the fields of an actor other than the one in `newer`. Fields in `newer` replace those in `said`
    /// anyway.
    ///
    /// A new id means a new actor. It has the same kind unless a new kind is recorded. A new kind means a new actor without
    /// an id, unless the id was recorded after the replaced kind.
    pub(super) fn give_way(&mut self, said: &mut Fields, newer: &Fields) {
        let id_changes = changes(Field::ActorId, said, newer);
        let kind_changes = changes(Field::ActorType, said, newer);
        if id_changes || (kind_changes && !self.kind_is_older) {
            for field in DETAILS {
                said.remove(field);
            }
        }
        if kind_changes && !self.kind_is_older {
            said.remove(Field::ActorId);
        }
        if newer.has(Field::ActorType) {
            self.kind_is_older = false;
        } else {
            self.kind_is_older |= id_changes;
        }
    }
}

fn changes(field: Field, said: &Fields, newer: &Fields) -> bool {
    newer.has(field) && said.has(field) && said.get(field) != newer.get(field)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTS: [Field; 4] = [
        Field::ActorType,
        Field::ActorId,
        Field::ActorLabel,
        Field::Impersonator,
    ];

    /// Returns the remaining actor after these records.
    fn after(records: &[&[(Field, &str)]]) -> [Option<String>; 4] {
        let (mut said, mut actor) = (Fields::new(), SpanActor::default());
        for record in records {
            let mut newer = Fields::new();
            record
                .iter()
                .for_each(|&(field, value)| newer.put(field, value));
            actor.give_way(&mut said, &newer);
            said.update(newer);
        }
        PARTS.map(|field| said.get(field).map(str::to_owned))
    }

    const ADA: &[(Field, &str)] = &[
        (Field::ActorId, "7"),
        (Field::ActorType, "USER"),
        (Field::ActorLabel, "Ada"),
        (Field::Impersonator, "ADMIN:1"),
    ];
    const ID: (Field, &str) = (Field::ActorId, "8");
    const KIND: (Field, &str) = (Field::ActorType, "SERVICE");
    const LABEL: (Field, &str) = (Field::ActorLabel, "Bob");

    fn is(parts: [Option<&str>; 4]) -> [Option<String>; 4] {
        parts.map(|part| part.map(str::to_owned))
    }

    #[test]
    fn another_id_is_another_actor_of_the_kind_that_the_span_says() {
        assert_eq!(
            after(&[ADA, &[ID]]),
            is([Some("USER"), Some("8"), None, None])
        );
        let both = after(&[ADA, &[ID, LABEL]]);
        assert_eq!(both, is([Some("USER"), Some("8"), Some("Bob"), None]));
        assert_eq!(after(&[ADA, ADA]), is(ADA_IS));
        assert_eq!(after(&[ADA, &[(Field::ActorId, "7")]]), is(ADA_IS));
    }

    const ADA_IS: [Option<&str>; 4] = [Some("USER"), Some("7"), Some("Ada"), Some("ADMIN:1")];

    #[test]
    fn another_kind_is_another_actor_in_whatever_order_its_parts_are_recorded() {
        assert_eq!(
            after(&[ADA, &[KIND]]),
            is([Some("SERVICE"), None, None, None])
        );
        let whole = is([Some("SERVICE"), Some("8"), Some("Bob"), None]);
        for records in [
            &[ADA, &[KIND], &[ID], &[LABEL]] as &[&[_]],
            &[ADA, &[ID], &[KIND], &[LABEL]],
            &[ADA, &[ID], &[LABEL], &[KIND]],
            &[ADA, &[LABEL, ID, KIND]],
            &[ADA, &[KIND, ID], &[LABEL]],
        ] {
            assert_eq!(after(records), whole, "{records:?}");
        }
        let same_id = after(&[ADA, &[KIND, (Field::ActorId, "7")]]);
        assert_eq!(same_id, is([Some("SERVICE"), Some("7"), None, None]));
    }

    #[test]
    fn what_was_not_said_yet_completes_the_actor() {
        let whole = is([Some("SERVICE"), Some("8"), Some("Bob"), None]);
        for records in [
            &[&[KIND] as &[_], &[ID], &[LABEL]] as &[&[_]],
            &[&[LABEL], &[ID], &[KIND]],
            &[&[ID, LABEL], &[KIND]],
        ] {
            assert_eq!(after(records), whole, "{records:?}");
        }
    }
}
