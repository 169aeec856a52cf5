//! When the actions of a catalogue were last recorded.

use std::collections::{BTreeMap, BTreeSet};

use behavior_trace::Timestamp;
use behavior_trace::query::{CountBy, Query, Reader};

use super::super::file::Catalogue;
use crate::failure::Failure;

/// Action of a `record!` that is known only at run time.
pub(super) const OPEN: &str = "*";

/// Actions of the table in a time range.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) since: Timestamp,
    /// Actions of the catalogue with the time of their last row.
    pub(super) last: BTreeMap<String, Timestamp>,
    /// Actions that the catalogue does not have, with the number of their rows.
    pub(super) unknown: BTreeMap<String, u64>,
    /// Rows of actions beyond those that were counted.
    pub(super) rows_left_out: u64,
}

impl Seen {
    /// Reads the time range once for the counts, and the last row of each action of the catalogue that has one. An action
    /// without rows costs no query of its own, which would read the whole range.
    pub(super) async fn read(
        reader: &Reader,
        catalogue: &Catalogue,
        since: Timestamp,
    ) -> Result<Self, Failure> {
        let in_range = || reader.query().since(since);
        let counts = in_range()
            .count_by(CountBy::Action, Query::MAX_GROUPS)
            .await?;
        let groups = counts.groups.into_iter();
        let rows: BTreeMap<_, _> = groups.map(|group| (group.key, group.rows)).collect();
        let known: BTreeSet<&str> = catalogue.0.keys().map(|site| &*site.action).collect();
        let mut last = BTreeMap::new();
        for action in &known {
            let may_have_rows = rows.contains_key(*action) || counts.rows_left_out > 0;
            if *action != OPEN
                && may_have_rows
                && let Some(row) = in_range().action(*action).limit(1).first().await?
            {
                last.insert((*action).to_owned(), row.activity.occurred_at);
            }
        }
        let unknown = rows.into_iter();
        Ok(Self {
            since,
            last,
            unknown: unknown
                .filter(|(action, _)| !known.contains(&**action))
                .collect(),
            rows_left_out: counts.rows_left_out,
        })
    }
}
