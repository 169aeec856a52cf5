//! Reasons for which values are not stored as they were, each under a stable name.

use std::fmt;

/// Reason for a note about a row: a value that is not stored as it was. It serializes as its [`name`](Self::name).
///
/// The guide's page on migrating has the rule of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ImportReason {
    /// No rule maps the action and the resource, so both are kept as they are.
    NameUnmapped,
    /// The action belongs to another domain, such as `user.login`. The row is kept.
    NameOfOtherDomain,
    /// The payload was NULL and is `{}`.
    PayloadNull,
    /// The payload was `[]`, PHP's empty array, and is `{}`.
    PayloadEmptyList,
    /// The payload is no object, and is under `value`.
    PayloadUnderValue,
    /// The payload has a key that is reserved for the recorder, and is under `value` as a whole.
    PayloadReservedKey,
    /// A value is nested too deep, and is a text.
    PayloadTooDeep,
    /// The payload is no JSON, and is a text.
    PayloadNotJson,
    /// The payload is too large, and is a mark with its size.
    PayloadTooLarge,
    /// A number that no server's JSON holds exactly is a text.
    NumberAsText,
    /// A secret in the payload or the diff is masked.
    Masked,
    /// The diff is too large, and is a mark.
    DiffTooLarge,
    /// A text is longer than its column, and is cut with a mark.
    TextClipped,
    /// An empty text in a nullable column is NULL.
    EmptyAsNull,
    /// The actor's kind has other characters than those that are allowed, or none.
    ActorTypeNormalised,
    /// The actor's id is no 64-bit integer, and is in the payload as `actor_ref`.
    ActorIdAsRef,
    /// The event id is no UUID, and another one is made of the row's id.
    EventIdMade,
    /// The time is in the hour that the zone repeats. The order of the ids shows that it is the second pass.
    TimeSecondPass,
    /// The time is in the hour that the zone repeats, and is taken as the first pass.
    TimeFirstPass,
    /// The time is in the hour that the zone skips, and is taken as if the clock had not been changed yet.
    TimeSkipped,
    /// There is no time, or none that can be read. The row has the latest time of the rows before it.
    TimeMissing,
    /// The database refused the row. It is not stored.
    Refused,
}

impl ImportReason {
    /// Returns the stable name, such as `payload_too_deep`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NameUnmapped => "name_unmapped",
            Self::NameOfOtherDomain => "name_of_other_domain",
            Self::PayloadNull => "payload_null",
            Self::PayloadEmptyList => "payload_empty_list",
            Self::PayloadUnderValue => "payload_under_value",
            Self::PayloadReservedKey => "payload_reserved_key",
            Self::PayloadTooDeep => "payload_too_deep",
            Self::PayloadNotJson => "payload_not_json",
            Self::PayloadTooLarge => "payload_too_large",
            Self::NumberAsText => "number_as_text",
            Self::Masked => "masked",
            Self::DiffTooLarge => "diff_too_large",
            Self::TextClipped => "text_clipped",
            Self::EmptyAsNull => "empty_as_null",
            Self::ActorTypeNormalised => "actor_type_normalised",
            Self::ActorIdAsRef => "actor_id_as_ref",
            Self::EventIdMade => "event_id_made",
            Self::TimeSecondPass => "time_second_pass",
            Self::TimeFirstPass => "time_first_pass",
            Self::TimeSkipped => "time_skipped",
            Self::TimeMissing => "time_missing",
            Self::Refused => "refused",
        }
    }

    /// Returns why rows are counted, and what becomes of them, as a part of a sentence for people.
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::NameUnmapped => "no rule maps the action and the resource, so both are kept",
            Self::NameOfOtherDomain => {
                "the action belongs to another domain, such as `user.login`, and is kept"
            }
            Self::PayloadNull => "the payload is NULL, and becomes `{}`",
            Self::PayloadEmptyList => "the payload is `[]`, PHP's empty array, and becomes `{}`",
            Self::PayloadUnderValue => "the payload is no object, and goes under `value`",
            Self::PayloadReservedKey => {
                "the payload has a reserved key, and goes under `value` as a whole"
            }
            Self::PayloadTooDeep => "a value is nested too deep, and becomes a text",
            Self::PayloadNotJson => "the payload is no JSON, and becomes a text under `value`",
            Self::PayloadTooLarge => {
                "the payload has more than 64 KiB, and becomes a mark with its size"
            }
            Self::NumberAsText => "no server's JSON holds a number exactly, which becomes a text",
            Self::Masked => "a secret in the payload or the diff is masked",
            Self::DiffTooLarge => "the diff is too large, and becomes a mark",
            Self::TextClipped => "a text is longer than its column, and is cut with a mark",
            Self::EmptyAsNull => "an empty text in a nullable column becomes NULL",
            Self::ActorTypeNormalised => {
                "the actor's kind has other characters than those that are allowed, or none"
            }
            Self::ActorIdAsRef => {
                "the actor's id is no 64-bit integer, and goes to the payload as `actor_ref`"
            }
            Self::EventIdMade => "the event id is no UUID, and another one is made of the row's id",
            Self::TimeSecondPass => {
                "the time is in the hour that the zone repeats, and in the second pass by the order of the ids"
            }
            Self::TimeFirstPass => {
                "the time is in the hour that the zone repeats, and is taken as the first pass"
            }
            Self::TimeSkipped => {
                "the time is in the hour that the zone skips, and is read as if the clock had not been changed yet"
            }
            Self::TimeMissing => {
                "there is no readable time, so the row gets the latest time of the rows before it"
            }
            Self::Refused => "the database refused the row, which is in the old table alone",
        }
    }
}

impl fmt::Display for ImportReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl serde::Serialize for ImportReason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_prints_and_serializes_as_its_name() {
        let reason = ImportReason::PayloadTooDeep;
        let json = serde_json::to_string(&reason).expect("serializes");
        assert_eq!(json, format!("\"{reason}\""));
        assert_eq!(reason.to_string(), "payload_too_deep");
        assert!(reason.explanation().contains("nested too deep"));
    }
}
