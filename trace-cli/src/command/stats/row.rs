//! Groups of rows in each form of the output.

use behavior_trace::Timestamp;
use behavior_trace::query::GroupCounts;
use serde::Serialize;

use super::bar::Bars;
use crate::output::{Color, OutputRecord, TextCell};
use crate::when::ZonedClock;

/// What the lines of a chart have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chart {
    largest: u64,
    all: u64,
    bars: Bars,
}

impl Chart {
    pub(super) fn of(counts: &GroupCounts, bars: Bars) -> Self {
        let rows = counts.groups.iter().map(|group| group.rows);
        Self {
            largest: rows.clone().max().unwrap_or_default(),
            all: rows.sum::<u64>() + counts.rows_left_out,
            bars,
        }
    }
}

/// A group with its number of rows.
#[derive(Debug, Serialize)]
pub(super) struct GroupRow {
    by: &'static str,
    /// The group; `None` for the rows of all groups that are not shown.
    key: Option<String>,
    rows: u64,
    #[serde(skip)]
    chart: Chart,
}

impl GroupRow {
    pub(super) const fn new(
        by: &'static str,
        key: Option<String>,
        rows: u64,
        chart: Chart,
    ) -> Self {
        Self {
            by,
            key,
            rows,
            chart,
        }
    }

    fn cells_with(&self, key: TextCell) -> Vec<TextCell> {
        let Chart { largest, all, bars } = self.chart;
        // The others are no group, so their bar would be no comparison.
        let bar = match self.key {
            Some(_) => bars.draw(self.rows, largest),
            None => String::new(),
        };
        vec![
            key,
            TextCell::number(self.rows),
            TextCell::number(share(self.rows, all)),
            TextCell::new(bar).color(Color::Cyan),
        ]
    }
}

impl OutputRecord for GroupRow {
    const FIELDS: &'static [&'static str] = &["by", "key", "rows"];

    fn headings(_: &ZonedClock) -> Vec<String> {
        ["group", "rows", "share", ""].map(str::to_owned).to_vec()
    }

    fn cells(&self, _: &ZonedClock) -> Vec<TextCell> {
        self.cells_with(match &self.key {
            Some(key) => TextCell::new(key),
            None => TextCell::new("others").color(Color::Dim),
        })
    }
}

/// An hour with its number of rows.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(super) struct HourRow(pub(super) GroupRow);

impl OutputRecord for HourRow {
    const FIELDS: &'static [&'static str] = GroupRow::FIELDS;

    fn headings(clock: &ZonedClock) -> Vec<String> {
        let hour = format!("hour ({})", clock.zone());
        [hour.as_str(), "rows", "share", ""]
            .map(str::to_owned)
            .to_vec()
    }

    fn cells(&self, clock: &ZonedClock) -> Vec<TextCell> {
        let start = |key: &String| key.parse::<Timestamp>().ok();
        let cell = match &self.0.key {
            Some(key) => match start(key) {
                // The seconds of an hour's start are none.
                Some(start) => TextCell::new(clock.show(start).get(..16).unwrap_or(key)),
                None => TextCell::new(key),
            },
            None => TextCell::new("before").color(Color::Dim),
        };
        self.0.cells_with(cell)
    }
}

/// Returns the share in percent, with one digit behind the point.
fn share(rows: u64, all: u64) -> String {
    let tenths = u128::from(rows) * 1_000 / u128::from(all.max(1));
    format!("{}.{} %", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_of_all_rows() {
        assert_eq!(share(1, 3), "33.3 %");
        assert_eq!(share(0, 0), "0.0 %");
        assert_eq!(share(7, 7), "100.0 %");
        assert_eq!(share(u64::MAX, u64::MAX), "100.0 %");
    }
}
