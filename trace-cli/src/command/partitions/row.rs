//! Partitions as items of a list.

use behavior_trace::Timestamp;
use behavior_trace::retention::PartitionStatus;
use serde::Serialize;

use crate::output::{Color, OutputRecord, TextCell};
use crate::when::ZonedClock;

/// A partition.
#[derive(Serialize)]
pub(super) struct PartitionRow {
    #[serde(flatten)]
    pub(super) partition: PartitionStatus,
    /// It ended more than `--keep` ago; `None` without that option.
    pub(super) is_expired: Option<bool>,
}

impl PartitionRow {
    pub(super) const fn expired(partition: PartitionStatus) -> Self {
        Self {
            partition,
            is_expired: Some(true),
        }
    }
}

impl OutputRecord for PartitionRow {
    const FIELDS: &'static [&'static str] =
        &["name", "since", "before", "rows", "is_exact", "is_expired"];

    fn headings(clock: &ZonedClock) -> Vec<String> {
        let zone = clock.zone();
        vec![
            "name".to_owned(),
            format!("since ({zone})"),
            format!("before ({zone})"),
            "rows".to_owned(),
            "expired".to_owned(),
        ]
    }

    fn cells(&self, clock: &ZonedClock) -> Vec<TextCell> {
        let show = |time: Option<Timestamp>| time.map(|time| clock.show(time)).unwrap_or_default();
        let partition = &self.partition;
        let expired = match self.is_expired {
            Some(true) => TextCell::new("yes").color(Color::Yellow),
            Some(false) => TextCell::new("no"),
            None => TextCell::new(""),
        };
        vec![
            TextCell::new(&partition.name),
            TextCell::new(show(partition.since)),
            TextCell::new(show(partition.before)),
            TextCell::number(count(partition.rows, partition.is_exact)),
            expired,
        ]
    }
}

/// Returns a number of rows, marked where it is an estimate.
pub(super) fn count(rows: u64, is_exact: bool) -> String {
    if is_exact {
        rows.to_string()
    } else {
        format!("≈ {rows}")
    }
}
