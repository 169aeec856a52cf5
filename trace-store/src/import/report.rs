//! Progress and result of an import.

use std::time::Duration;

use super::generation::Generation;
use super::note::ImportNote;
use super::position::ImportPosition;

/// Progress and result of an import.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct ImportReport {
    /// Name of the old table.
    pub table: String,
    /// Generation of the old table.
    pub generation: Generation,
    /// Rows read by this run.
    pub read: u64,
    /// Rows that the destination has now, whether this run stored them or an earlier one had. A dry run stores none.
    pub stored: u64,
    /// Rows that the destination refused. They are in the old table alone.
    pub refused: u64,
    /// Rows with a value that is not stored as it was, by reason.
    pub notes: Vec<ImportNote>,
    /// Place up to which every row is settled.
    pub position: ImportPosition,
    /// Highest id of the old table when the run began. The run ends there.
    pub end_id: u64,
    /// Duration so far, including pauses. It serializes as `elapsed_seconds`.
    #[serde(rename = "elapsed_seconds", serialize_with = "as_seconds")]
    pub elapsed: Duration,
}

impl ImportReport {
    /// Returns the number of rows with this reason.
    pub fn rows_with(&self, reason: super::ImportReason) -> u64 {
        let found = self.notes.iter().find(|note| note.reason == reason);
        found.map_or(0, |note| note.rows)
    }
}

fn as_seconds<S: serde::Serializer>(elapsed: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(elapsed.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::ImportReason;
    use crate::import::position::Place;

    #[test]
    fn a_report_serializes_with_stable_names() {
        let position = ImportPosition::new("a", Place::default());
        let report = ImportReport {
            table: "activity_log".to_owned(),
            generation: Generation::SpatieV5,
            read: 3,
            stored: 2,
            refused: 1,
            notes: vec![ImportNote {
                reason: ImportReason::Refused,
                rows: 1,
                example_id: 7,
                detail: Some("full".to_owned()),
            }],
            position: position.clone(),
            end_id: 7,
            elapsed: Duration::from_millis(1500),
        };
        let json = serde_json::to_value(&report).expect("serializes");
        let expected = serde_json::json!({
            "table": "activity_log",
            "generation": "spatie-v5",
            "read": 3,
            "stored": 2,
            "refused": 1,
            "notes": [{"reason": "refused", "rows": 1, "example_id": 7, "detail": "full"}],
            "position": position.to_string(),
            "end_id": 7,
            "elapsed_seconds": 1.5,
        });
        assert_eq!(json, expected);
        assert_eq!(report.rows_with(ImportReason::Refused), 1);
        assert_eq!(report.rows_with(ImportReason::Masked), 0);
    }
}
