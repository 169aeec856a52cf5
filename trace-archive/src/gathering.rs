//! Rows that wait for the next seal, by their days, within bounds of memory.

use std::collections::BTreeMap;

use behavior_trace_store::StoredActivity;

use crate::day_file::{DayFile, FinishedFile};
use crate::error::ArchiveError;

/// Bounds of what waits in memory. A poll of the table may exceed them once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Rows that wait for their row group, over all days. The largest row group is written first.
    pub(crate) buffered: usize,
    /// Encoded row groups, over all days.
    pub(crate) encoded: usize,
    /// Days with a file.
    pub(crate) days: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            buffered: 16 << 20,
            encoded: 64 << 20,
            days: 64,
        }
    }
}

/// The files that are being made.
#[derive(Default)]
pub(crate) struct Gathering {
    bounds: Bounds,
    days: BTreeMap<String, DayFile>,
    rows: u64,
    highest_id: u64,
}

impl Gathering {
    pub(crate) fn push(&mut self, row: StoredActivity) -> Result<(), ArchiveError> {
        self.rows += 1;
        self.highest_id = self.highest_id.max(row.id);
        let time = row.activity.occurred_at.to_string();
        let day = time.split(' ').next().unwrap_or_default();
        if let Some(file) = self.days.get_mut(day) {
            file.push(row);
        } else {
            let mut file = DayFile::new(day.to_owned())?;
            file.push(row);
            self.days.insert(day.to_owned(), file);
        }
        self.encode()
    }

    /// Encodes the largest row groups until the others fit.
    fn encode(&mut self) -> Result<(), ArchiveError> {
        let mut waiting: usize = self.days.values().map(DayFile::buffered).sum();
        while waiting > self.bounds.buffered {
            let largest = self.days.values_mut().max_by_key(|file| file.buffered());
            let Some(largest) = largest else { break };
            waiting -= largest.buffered();
            largest.encode()?;
        }
        Ok(())
    }

    /// Returns whether the files have to be sealed before more rows are taken.
    pub(crate) fn is_full(&self) -> bool {
        let encoded: usize = self.days.values().map(DayFile::encoded).sum();
        encoded > self.bounds.encoded || self.days.len() > self.bounds.days
    }

    pub(crate) const fn rows(&self) -> u64 {
        self.rows
    }

    pub(crate) const fn highest_id(&self) -> u64 {
        self.highest_id
    }

    /// Completes the files, and begins anew.
    pub(crate) fn finish(&mut self) -> Result<Vec<FinishedFile>, ArchiveError> {
        let days = std::mem::take(&mut self.days);
        (self.rows, self.highest_id) = (0, 0);
        days.into_values().map(DayFile::finish).collect()
    }
}

#[cfg(test)]
mod tests {
    use behavior_trace_core::{Timestamp, activity};

    use super::*;

    const DAY: i64 = 86_400_000_000;

    fn gathering(buffered: usize, encoded: usize, days: usize) -> Gathering {
        Gathering {
            bounds: Bounds {
                buffered,
                encoded,
                days,
            },
            ..Gathering::default()
        }
    }

    fn row(id: u64, day: i64) -> StoredActivity {
        let mut row = StoredActivity::default();
        row.id = id;
        row.activity = activity! {
            occurred_at: Timestamp::from_micros(day * DAY + 5),
            action: "order.update".into(),
            resource: "Order".into(),
            payload: format!("{{\"note\":\"{}\"}}", "x".repeat(1_000)).into(),
        };
        row
    }

    #[test]
    fn rows_are_in_the_files_of_their_days_under_their_ids() {
        let mut gathering = gathering(1 << 20, 1 << 20, 10);
        for (id, day) in [(7, 1), (3, 0), (9, 1)] {
            gathering.push(row(id, day)).expect("encoded");
        }
        assert_eq!((gathering.rows(), gathering.highest_id()), (3, 9));
        let files = gathering.finish().expect("complete");
        let paths: Vec<_> = files.iter().map(|done| done.file.path.as_str()).collect();
        assert_eq!(
            paths,
            ["dt=1970-01-01/3-3.parquet", "dt=1970-01-02/7-9.parquet"]
        );
        assert_eq!(files[1].file.rows, 2);
        assert_eq!(gathering.rows(), 0);
    }

    #[test]
    fn what_waits_is_bounded_in_bytes_and_in_days() {
        let mut gathering = gathering(10_000, 3_000, 3);
        for id in 1..200 {
            gathering.push(row(id, 0)).expect("encoded");
            let waiting: usize = gathering.days.values().map(DayFile::buffered).sum();
            assert!(waiting <= 10_000, "{waiting}");
        }
        assert!(gathering.is_full());
        gathering.finish().expect("complete");
        for day in 0..3 {
            gathering.push(row(1, day)).expect("encoded");
        }
        assert!(!gathering.is_full());
        gathering.push(row(1, 3)).expect("encoded");
        assert!(gathering.is_full());
    }

    #[test]
    fn the_same_rows_give_the_same_bytes() {
        let made = || {
            let mut gathering = gathering(2_000, 1 << 20, 10);
            for id in 1..50 {
                gathering.push(row(id, 0)).expect("encoded");
            }
            gathering.finish().expect("complete").remove(0).file.sha256
        };
        assert_eq!(made(), made());
    }
}
