//! Notes about rows that changed on the way, counted by reason.

use super::reason::ImportReason;

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
pub(super) struct NoteCounts(Vec<ImportNote>);

impl NoteCounts {
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
        let mut notes = NoteCounts::default();
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
