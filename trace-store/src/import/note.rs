//! Notes about rows that changed on the way, each under a stable name.

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

/// Rows with the same reason.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct ImportNote {
    /// The reason.
    pub reason: ImportReason,
    /// Number of rows.
    pub rows: u64,
    /// Id of the first of them in the old table.
    pub example_id: u64,
    /// Answer of the database about that row, if it refused the row.
    pub detail: Option<String>,
}

/// Reasons of one row, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Reasons(Vec<ImportReason>);

impl Reasons {
    pub(super) fn add(&mut self, reason: ImportReason) {
        if !self.0.contains(&reason) {
            self.0.push(reason);
        }
    }

    pub(super) fn has(&self, reason: ImportReason) -> bool {
        self.0.contains(&reason)
    }
}

/// Notes of all rows so far, in the order of the reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Notes(Vec<ImportNote>);

impl Notes {
    /// Counts the reasons of a row.
    pub(super) fn count(&mut self, id: u64, reasons: &Reasons) {
        for reason in &reasons.0 {
            self.add(id, *reason, None);
        }
    }

    pub(super) fn refused(&mut self, id: u64, answer: String) {
        self.add(id, ImportReason::Refused, Some(answer));
    }

    fn add(&mut self, id: u64, reason: ImportReason, detail: Option<String>) {
        match self.0.binary_search_by_key(&reason, |note| note.reason) {
            Ok(place) => self.0[place].rows += 1,
            Err(place) => self.0.insert(
                place,
                ImportNote {
                    reason,
                    rows: 1,
                    example_id: id,
                    detail,
                },
            ),
        }
    }

    pub(super) fn list(&self) -> &[ImportNote] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_is_counted_once_a_row_with_the_first_row_as_its_example() {
        let mut notes = Notes::default();
        for id in [7, 8, 9] {
            let mut reasons = Reasons::default();
            reasons.add(ImportReason::TextClipped);
            reasons.add(ImportReason::TextClipped);
            if id == 8 {
                reasons.add(ImportReason::NameUnmapped);
            }
            notes.count(id, &reasons);
        }
        notes.refused(9, "full".to_owned());
        let seen: Vec<_> = notes
            .list()
            .iter()
            .map(|note| (note.reason.name(), note.rows, note.example_id))
            .collect();
        assert_eq!(
            seen,
            [
                ("name_unmapped", 1, 8),
                ("text_clipped", 3, 7),
                ("refused", 1, 9)
            ]
        );
    }
}
